"""SQL of the submissions."""
