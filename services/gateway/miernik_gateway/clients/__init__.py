"""Clients of the API, their keys and scopes, and their authentication."""
