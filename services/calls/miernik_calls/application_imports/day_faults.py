"""Faults of cells that hold no day: what is probably wrong with them."""

import polars as pl

_TWO_DIGIT_YEAR = r"^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{2})(?: ?r\.?)?$"
_SWAPPED_ISO = r"^[0-9]{4}[./-](?:1[3-9]|2[0-9]|3[01])[./-](?:0?[1-9]|1[0-2])$"
_SWAPPED_POLISH = r"^(?:0?[1-9]|1[0-2])[./-](?:1[3-9]|2[0-9]|3[01])[./-][0-9]{4}(?: ?r\.?)?$"


def explain_malformed_day(text: pl.Expr) -> pl.Expr:
    """Code of the fault of a text that is no day: a short year, an exchanged day and month, or anything else."""
    swapped = text.str.contains(_SWAPPED_ISO) | text.str.contains(_SWAPPED_POLISH)
    return (
        pl.when(text.str.contains(_TWO_DIGIT_YEAR))
        .then(pl.lit("day_with_two_digit_year"))
        .when(swapped)
        .then(pl.lit("day_and_month_swapped"))
        .otherwise(pl.lit("day_malformed"))
    )
