"""Grant applications (wnioski o dofinansowanie): their stages, their versions and their sums by stage."""
