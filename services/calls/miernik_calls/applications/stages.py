"""Rules of the stages of an application, for any number of applications at once. Pure: needs no database.

A stage is reached after the one before it, never before its day, and not after the application was withdrawn or
rejected, which ends it once. A value above that of the stage before is unusual, but happens: a warning.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import polars as pl

from miernik_calls.applications.version_columns import DAYS, ENDS, STAGES, Stage, select_visible
from miernik_shared.uploads.findings import build_findings


def validate_stages(rows: pl.DataFrame, today: date) -> list[pl.DataFrame]:
    """Findings by row and column; ``rows`` has the columns of a state and ``row_no``.

    Cells marked as hidden (:func:`version_columns.hidden_mark`) are exempt from every rule.
    """
    return [
        *_validate_pairs(rows),
        *(table for earlier, later in pairwise(STAGES) for table in _validate_step(rows, earlier, later)),
        *_validate_ends(rows),
        *_validate_single_end(rows),
        *_validate_future_days(rows, today),
    ]


def _validate_pairs(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """A stage has a day and a value: without a value it would count as 0, without a day it would never count."""
    for stage in STAGES:
        day, value = _columns_of(stage)
        has_day, has_value = pl.col(day).is_not_null(), pl.col(value).is_not_null()
        visible = select_visible(rows, day, value)
        yield build_findings(visible.filter(has_day & ~has_value), value, "stage_value_missing", expected=day)
        yield build_findings(visible.filter(has_value & ~has_day), day, "stage_day_missing", expected=value)


def _validate_step(rows: pl.DataFrame, earlier: Stage, later: Stage) -> Iterator[pl.DataFrame]:
    (day, value), (day_before, value_before) = _columns_of(later), _columns_of(earlier)
    skipped = pl.col(day).is_not_null() & pl.col(day_before).is_null()
    yield build_findings(
        select_visible(rows, day, day_before).filter(skipped), day, "stage_skipped", expected=day_before
    )
    yield _compare_cells(rows, day, pl.col(day) < pl.col(day_before), "stage_before_earlier", day_before)
    above = pl.col(value) > pl.col(value_before)
    yield _compare_cells(rows, value, above, "value_above_earlier_stage", value_before, severity="warning")


def _validate_ends(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for end in ENDS:
        never = pl.col(end).is_not_null() & pl.col("submitted_on").is_null()
        visible = select_visible(rows, end, "submitted_on")
        yield build_findings(visible.filter(never), end, "stage_skipped", expected="submitted_on")
        for stage in STAGES:
            day, _ = _columns_of(stage)
            yield _compare_cells(rows, day, pl.col(day) > pl.col(end), "stage_after_end", end)


def _validate_single_end(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Validate that no application is both withdrawn and rejected.

    The error is reported at the later of the two days, or at the rejection if they are equal.
    """
    first, last = (pl.col(end) for end in ENDS)
    both = select_visible(rows, *ENDS).filter(first.is_not_null() & last.is_not_null())
    for (end, other), later in ((ENDS, first > last), (ENDS[::-1], first <= last)):
        faulty = _render_column(both.filter(later), end)
        yield build_findings(faulty, end, "ended_twice", seen="shown", expected=other)


def _validate_future_days(rows: pl.DataFrame, today: date) -> Iterator[pl.DataFrame]:
    for day in DAYS:
        shown = _render_column(rows.filter(pl.col(day) > today), day)
        yield build_findings(shown, day, "day_in_the_future", seen="shown", expected=today.isoformat())


def _compare_cells(
    rows: pl.DataFrame, column: str, fault: pl.Expr, code: str, other: str, *, severity: str = "error"
) -> pl.DataFrame:
    faulty = _render_column(select_visible(rows, column, other).filter(fault.fill_null(value=False)), column)
    expected = pl.col(other).cast(pl.String)
    found = build_findings(faulty, column, code, expected=expected, severity=severity)
    # A day or an amount is no personal data and may be repeated, even if its digits look like a PESEL.
    return found.with_columns(faulty["shown"].alias("seen"))


def _render_column(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    return rows.with_columns(pl.col(column).cast(pl.String).alias("shown"))


def _columns_of(stage: Stage) -> tuple[str, str]:
    return f"{stage}_on", f"{stage}_value_pln"
