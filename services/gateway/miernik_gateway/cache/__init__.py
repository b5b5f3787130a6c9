"""Finished answers in memory, served in front of FastAPI while nothing that they were built from has changed."""
