"""Calls for proposals (konkursy)."""
