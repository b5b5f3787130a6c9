"""Reporting units (jednostki sprawozdawcze): social welfare centres and others that send returns."""
