"""Caps on commitments: one balance for each node, charged on its whole path and limited by the allocations."""
