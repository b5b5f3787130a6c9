"""Reports across features; only the application imports them."""
