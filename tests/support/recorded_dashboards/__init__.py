"""Dashboards recorded with the answers of the services that they were composed from, for comparison byte by byte."""
