"""Reporting units (jednostki sprawozdawcze): welfare centres and others that send returns."""
