"""Submissions (złożone sprawozdania): a file becomes observations, all of it or none."""
