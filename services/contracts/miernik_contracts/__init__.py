"""Allocations, agreements and payments."""
