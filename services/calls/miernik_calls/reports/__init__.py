"""Reports. They cross features, and nothing but the application imports them."""
