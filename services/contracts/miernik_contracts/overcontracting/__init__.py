"""Decisions by which commitments of a node may exceed its allocation, up to a limit (nadkontraktacja)."""
