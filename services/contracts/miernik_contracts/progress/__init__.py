"""Rollup of financial progress (postęp finansowy): signed, accepted and recommended, by node and day."""
