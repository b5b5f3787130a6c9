"""The programme tree (program operacyjny): programme, priorities, measures and sub-measures of each office."""
