"""Reports across features; no feature imports them."""
