"""Dashboards: one description each, one composer, one renderer per output."""
