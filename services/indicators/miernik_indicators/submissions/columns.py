"""Columns of a return, whatever the format of the file."""

import polars as pl

COLUMNS: tuple[str, ...] = ("unit", "indicator", "breakdown", "period", "value")
"""In the order of their precedence; ``indicator`` and ``value`` must be there."""
REQUIRED: frozenset[str] = frozenset({"indicator", "value"})


def numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """The table with the column ``row_no``, counted from ``first``."""
    return frame.with_row_index("row_no", first).with_columns(pl.col("row_no").cast(pl.Int32))
