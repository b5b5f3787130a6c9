"""OpenAPI document of the public API, merged from those of the gateway and the services, with its web page."""
