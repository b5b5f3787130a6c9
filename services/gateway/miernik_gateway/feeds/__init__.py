"""Event feeds of the services for external clients."""
