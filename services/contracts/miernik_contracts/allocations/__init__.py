"""Allocations (alokacje) in EUR by node of the programme and, where it is divided, by territory."""
