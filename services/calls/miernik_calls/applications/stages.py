"""Rules of the stages of an application, for any number of applications at once. Pure: needs no database.

A stage is reached after the one before it, never before its day, and not after the application was withdrawn or
rejected, which ends it once. A value above that of the stage before is unusual, but happens: a warning.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import polars as pl

from miernik_calls.applications.version_columns import DAYS, ENDS, STAGES, Stage, told_of
from miernik_shared.uploads.findings import findings_of


def stage_findings(rows: pl.DataFrame, today: date) -> list[pl.DataFrame]:
    """Findings by row and column; ``rows`` has the columns of a state and ``row_no``, and may say which cells are
    not known (:func:`state.hidden`): what a rule would find by such a cell is not told."""
    return [
        *_days_and_values(rows),
        *(table for earlier, later in pairwise(STAGES) for table in _step(rows, earlier, later)),
        *_ends(rows),
        *_ended_twice(rows),
        *_days_to_come(rows, today),
    ]


def _days_and_values(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """A stage is a day and a value: without a value it would count as 0, without a day on no day."""
    for stage in STAGES:
        day, value = _columns(stage)
        has_day, has_value = pl.col(day).is_not_null(), pl.col(value).is_not_null()
        told = told_of(rows, day, value)
        yield findings_of(told.filter(has_day & ~has_value), value, "stage_value_missing", expected=day)
        yield findings_of(told.filter(has_value & ~has_day), day, "stage_day_missing", expected=value)


def _step(rows: pl.DataFrame, earlier: Stage, later: Stage) -> Iterator[pl.DataFrame]:
    (day, value), (day_before, value_before) = _columns(later), _columns(earlier)
    skipped = pl.col(day).is_not_null() & pl.col(day_before).is_null()
    yield findings_of(told_of(rows, day, day_before).filter(skipped), day, "stage_skipped", expected=day_before)
    yield _compared(rows, day, pl.col(day) < pl.col(day_before), "stage_before_earlier", day_before)
    above = pl.col(value) > pl.col(value_before)
    yield _compared(rows, value, above, "value_above_earlier_stage", value_before, severity="warning")


def _ends(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for end in ENDS:
        never = pl.col(end).is_not_null() & pl.col("submitted_on").is_null()
        told = told_of(rows, end, "submitted_on")
        yield findings_of(told.filter(never), end, "stage_skipped", expected="submitted_on")
        for stage in STAGES:
            day, _ = _columns(stage)
            yield _compared(rows, day, pl.col(day) > pl.col(end), "stage_after_end", end)


def _ended_twice(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The later one of two ends is wrong, or of one day the last."""
    first, last = (pl.col(end) for end in ENDS)
    both = told_of(rows, *ENDS).filter(first.is_not_null() & last.is_not_null())
    for (end, other), later in ((ENDS, first > last), (ENDS[::-1], first <= last)):
        faulty = _shown(both.filter(later), end)
        yield findings_of(faulty, end, "ended_twice", seen="shown", expected=other)


def _days_to_come(rows: pl.DataFrame, today: date) -> Iterator[pl.DataFrame]:
    for day in DAYS:
        shown = _shown(rows.filter(pl.col(day) > today), day)
        yield findings_of(shown, day, "day_in_the_future", seen="shown", expected=today.isoformat())


def _compared(
    rows: pl.DataFrame, column: str, fault: pl.Expr, code: str, other: str, *, severity: str = "error"
) -> pl.DataFrame:
    faulty = _shown(told_of(rows, column, other).filter(fault.fill_null(value=False)), column)
    expected = pl.col(other).cast(pl.String)
    found = findings_of(faulty, column, code, expected=expected, severity=severity)
    # Days and amounts that were read as such may be repeated, however many digits they have.
    return found.with_columns(faulty["shown"].alias("seen"))


def _shown(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    return rows.with_columns(pl.col(column).cast(pl.String).alias("shown"))


def _columns(stage: Stage) -> tuple[str, str]:
    return f"{stage}_on", f"{stage}_value_pln"
