"""Gateway: the single public API in front of the services."""
