"""Reporting units as this service knows them: learnt from the feed of indicators, never asked for at run time."""
