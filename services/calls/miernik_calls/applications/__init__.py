"""Grant applications (wnioski o dofinansowanie): their stages, versions, and taking in whole lists of them."""
