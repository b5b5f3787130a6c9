"""In-memory cache of response bodies, served in front of FastAPI while the data they were built from are unchanged."""
