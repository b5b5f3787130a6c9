"""Territory, reporting units, indicators and submissions."""
