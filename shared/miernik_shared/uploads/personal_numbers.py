"""Finding PESEL numbers in columns that take none. They are refused, and no answer, row or log line repeats them."""

import polars as pl

from miernik_shared.values.personal_numbers import SHAPE, holds_personal_number


def find_personal_numbers(column: pl.Series) -> pl.Series:
    """True where a cell holds one. Only cells of that shape are looked at one by one."""
    shaped = column.str.contains(SHAPE).fill_null(value=False)
    if not shaped.any():
        return shaped
    suspects = column.filter(shaped)
    verdicts = pl.Series([holds_personal_number(cell) for cell in suspects], dtype=pl.Boolean)
    return shaped.scatter(shaped.arg_true(), verdicts)
