"""Submissions (złożone sprawozdania): from a file to observations, all or nothing."""
