"""Totals of a return by powiat, computed before they are copied to the database."""

from collections.abc import Sequence

import polars as pl


def sum_by_powiat(rows: pl.DataFrame, accumulated: Sequence[int]) -> pl.DataFrame:
    """Sum, number of values and number of gaps by powiat, series, part and period end, in key order; exact decimals.

    Series aggregated by ``last`` or ``max`` (``accumulated``) are left out.
    """
    plain = rows.filter(~pl.col("series_no").is_in(list(accumulated))) if accumulated else rows
    value = pl.col("value").cast(pl.Decimal(38, 6))
    key = ["voivodeship", "series_no", "breakdown_no", "effective_on", "powiat"]
    return (
        plain.group_by(key)
        .agg(
            value.sum().alias("value"),
            pl.col("value").count().alias("reported"),
            pl.col("value").null_count().alias("missing"),
        )
        .sort(key)
    )
