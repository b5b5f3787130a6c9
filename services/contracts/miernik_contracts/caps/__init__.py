"""Caps on commitments: a balance a node, charged on its whole path and held to the allocations' limits of each day."""
