"""Replica of another service's data: the territorial register of indicators."""
