"""Miernik on one machine: the demo, its database and its processes."""
