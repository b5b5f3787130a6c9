"""The single public API."""
