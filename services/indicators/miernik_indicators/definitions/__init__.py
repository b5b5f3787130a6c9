"""Indicators (wskaźniki), the versions of their definitions and their targets."""
