"""Serving dashboards over HTTP: routes, cache middleware, reader, list of dashboards."""
