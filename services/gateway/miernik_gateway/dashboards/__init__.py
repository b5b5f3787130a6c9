"""Dashboards: one module each, and four rooms that declare, fetch, compose and serve them."""
