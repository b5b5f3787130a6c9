"""Value types for figures, territories and time, with no rules of the programme."""
