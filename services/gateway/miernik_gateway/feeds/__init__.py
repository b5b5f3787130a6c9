"""The feeds of the services for clients outside."""
