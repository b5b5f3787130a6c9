"""Value types for figures, places and time, with no rules of the programme."""
