"""Completeness of a return: indicators without a row, and units that were not active in their period."""

import polars as pl

from miernik_indicators.submissions.references import References
from miernik_shared.uploads.findings import build_findings

_ABSENT = {"indicator": pl.String, "absent": pl.Int64}


def find_inactive_units(references: References) -> pl.DataFrame:
    """Pairs of a unit's and a period's text with the ``code`` of the fault, and the day that is its ``bound``.

    A unit that was active on one day of a period may report it.
    """
    closed = pl.col("active_to") < pl.col("starts_on")
    early = pl.col("active_from") > pl.col("effective_on")
    units = references.units.filter(pl.col("unit_no").is_not_null()).select("unit", "active_from", "active_to")
    periods = references.periods.filter(pl.col("effective_on").is_not_null()).select(
        "period", "starts_on", "effective_on"
    )
    code = pl.when(closed).then(pl.lit("unit_closed")).when(early).then(pl.lit("unit_not_there_yet"))
    bound = pl.when(closed).then(pl.col("active_to")).otherwise(pl.col("active_from")).cast(pl.String)
    pairs = units.join(periods, how="cross").with_columns(code.alias("code"), bound.alias("bound"))
    return pairs.filter(pl.col("code").is_not_null()).select("unit", "period", "code", "bound")


def no_absent_rows() -> pl.DataFrame:
    """Table of absent rows of a return that lacks nothing."""
    return pl.DataFrame(schema=_ABSENT)


def count_absent_rows(resolved: pl.DataFrame, references: References) -> pl.DataFrame:
    """Number of units and periods of the return without any row of an indicator, by indicator; none that is complete.

    A row with a faulty value is there; a part ("of which") alone is not the indicator.
    """
    known = resolved.filter(pl.col("unit_no").is_not_null() & pl.col("effective_on").is_not_null())
    wholes = known.filter(pl.col("breakdown_no") == 0).select("unit_no", "effective_on", "series_no").unique()
    stated = wholes.group_by("series_no", "effective_on").len("stated")
    pairs = known.select("unit_no", "effective_on").unique().group_by("effective_on").len("pairs")
    expected = references.expected.join(pairs, on="effective_on", how="inner").join(
        stated, on=["series_no", "effective_on"], how="left"
    )
    missing = pl.col("pairs").cast(pl.Int64) - pl.col("stated").fill_null(0).cast(pl.Int64)
    counted = expected.group_by("indicator").agg(missing.sum().alias("absent"))
    return counted.filter(pl.col("absent") > 0).sort("indicator").cast(_ABSENT)  # pyright: ignore[reportArgumentType]


def find_absent_indicators(absent: pl.DataFrame, severity: str) -> pl.DataFrame:
    """Findings for indicators without a row: errors if the form requires a complete return, else warnings."""
    rows = absent.with_columns(pl.lit(None, pl.Int32).alias("row_no"), pl.col("absent").cast(pl.String).alias("count"))
    found = build_findings(rows, "indicator", "indicator_absent", expected=pl.col("indicator"), severity=severity)
    return found.with_columns(rows["count"].alias("seen"))
