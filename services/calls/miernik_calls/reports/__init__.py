"""Reports, which cross features and are imported by nothing but the application."""
