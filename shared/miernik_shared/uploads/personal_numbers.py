"""Finding PESEL numbers in columns that take none. They are refused, and no answer, row or log line repeats them."""

import polars as pl

from miernik_shared.values.personal_numbers import SHAPE, valid_inside


def personal_number_rows(column: pl.Series) -> pl.Series:
    """True where a cell contains eleven digits that are a valid PESEL (date and check digit)."""
    shaped = column.str.contains(SHAPE).fill_null(value=False)
    if not shaped.any():
        return shaped
    suspects = column.filter(shaped)
    verdicts = pl.Series([valid_inside(cell) for cell in suspects], dtype=pl.Boolean)
    return shaped.scatter(shaped.arg_true(), verdicts)
