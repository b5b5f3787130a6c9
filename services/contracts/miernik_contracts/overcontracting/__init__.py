"""Decisions that allow a node to promise more than its allocation, up to a limit (nadkontraktacja)."""
