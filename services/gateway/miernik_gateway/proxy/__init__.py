"""Streaming reverse proxy to the services."""
