"""Detection of PESEL numbers in columns. They are refused, and no response, row or log line repeats them."""

import polars as pl

from miernik_shared.values.personal_numbers import SHAPE, holds_personal_number


def find_personal_numbers(column: pl.Series) -> pl.Series:
    """Boolean series, true where a cell contains a PESEL. Only cells that match its pattern are checked one by one."""
    shaped = column.str.contains(SHAPE).fill_null(value=False)
    if not shaped.any():
        return shaped
    suspects = column.filter(shaped)
    verdicts = pl.Series([holds_personal_number(cell) for cell in suspects], dtype=pl.Boolean)
    return shaped.scatter(shaped.arg_true(), verdicts)
