"""A small region to look at: the 144 gminy of one voivodeship and the indicators of its half-yearly deck."""
