"""Reporting forms (formularze sprawozdań) and the periods for which they are open."""
