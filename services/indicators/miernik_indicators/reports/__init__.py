"""Reports across features; nothing imports them."""
