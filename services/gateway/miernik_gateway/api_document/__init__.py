"""The one OpenAPI document of the public API, put together from those of the parts, and a page to read it."""
