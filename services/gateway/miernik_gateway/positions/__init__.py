"""Positions in the services' change logs known to this process, by service and family of data."""
