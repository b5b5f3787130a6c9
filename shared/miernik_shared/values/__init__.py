"""Value types that carry a rule of counting, place or time, and nothing of the programme."""
