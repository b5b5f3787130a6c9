"""Plausibility of the days and amounts of applications, for any number of them at once. Pure: needs no database.

A day that cannot be is an error. A day before the programme and an amount far from its surroundings need a
confirmation, but only where they change: a list that is sent again next month asks nothing twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl

from miernik_calls.applications.version_columns import DAYS, VALUES, select_visible
from miernik_calls.programme.rules import find_start
from miernik_shared.uploads.findings import build_findings
from miernik_shared.uploads.unlikely_rows import CONFIRM
from miernik_shared.values.plausible_days import PlausibleDays, recorded_days

FACTOR = 100
"""Factor from which on an amount needs a confirmation: times the median of its call, or the call's budget.

A lost decimal point is a factor of 100, since amounts have two decimals. A call limits what one may ask for, so that
real amounts of a call differ by far less. Small ones are no finding: a small project beside large ones is common.
"""
SMALLEST = 10_000
"""Złote below which amounts are not compared with each other: the smallest grants differ by more than the factor."""
ENOUGH = 5
"""Smallest number of amounts that have a telling median."""
_MEDIAN_SCHEMA = {"call_no": pl.Int32, "node_no": pl.Int32, "median": pl.Float64}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Surroundings of the applications of an office: what their days and amounts are compared with.

    ``starts`` are the first days of the programme by node. ``medians`` has the median submitted amount, in PLN, of
    each call, and of each node for applications without a call; ``budgets`` the budget of each call in PLN.
    """

    starts: Mapping[int, date]
    medians: pl.DataFrame
    budgets: Mapping[int, float]


def empty_surroundings() -> Surroundings:
    """Surroundings of an office without a programme or applications."""
    return Surroundings({}, pl.DataFrame(schema=_MEDIAN_SCHEMA), {})


def build_medians(rows: list[tuple[int | None, int | None, float]]) -> pl.DataFrame:
    """Table of medians from rows of call, node and median."""
    return pl.DataFrame(rows, schema=_MEDIAN_SCHEMA, orient="row")


def find_implausible_cells(rows: pl.DataFrame, around: Surroundings, today: date) -> Iterator[pl.DataFrame]:
    """Findings about impossible days, and about days and amounts that need a confirmation.

    ``rows`` has the columns of a state, the former ones as ``old_…``, and ``row_no``. A day in the future is left to
    :func:`stages.validate_stages`.
    """
    for day in DAYS:
        yield _find_impossible_days(rows, day, recorded_days(today))
        yield _find_days_before_programme(rows, day, around)
    granted = VALUES[-1]
    changed = select_visible(rows, granted).filter(_is_changed(granted))
    yield _mark(changed.filter(pl.col(granted) == 0), granted, "value_of_nothing", pl.lit(None, pl.String))
    yield _find_far_values(rows, around)
    for earlier, later in pairwise(VALUES):
        changed = select_visible(rows, earlier, later).filter(_is_changed(later))
        rising = changed.filter((pl.col(earlier) > 0) & _is_far_above(_number(later), _number(earlier)))
        yield _mark(rising, later, "value_far_above_earlier_stage", pl.col(earlier).cast(pl.String))


def _find_impossible_days(rows: pl.DataFrame, day: str, possible: PlausibleDays) -> pl.DataFrame:
    """Errors of days before all programmes; few distinct days have a fault, so each is explained on its own."""
    early = select_visible(rows, day).filter(pl.col(day) < possible.first)
    faults = {one: possible.find_fault(one) for one in early[day].unique()}
    code = pl.col(day).replace_strict(faults, default=None, return_dtype=pl.String)
    return _repeat_cell(early, build_findings(early, day, code, expected=str(possible)), day)


def _find_days_before_programme(rows: pl.DataFrame, day: str, around: Surroundings) -> pl.DataFrame:
    starts = {number: find_start(around.starts, number) for number in rows["node_no"].unique()}
    start = pl.col("node_no").replace_strict(
        {number: one for number, one in starts.items() if number is not None},
        default=starts.get(None),
        return_dtype=pl.Date,
    )
    changed = select_visible(rows, day, "node").with_columns(start.alias("start")).filter(_is_changed(day))
    before = changed.filter((pl.col(day) < pl.col("start")) & (pl.col(day) >= recorded_days(date.max).first))
    return _mark(before, day, "day_before_programme", pl.col("start").cast(pl.String))


def _find_far_values(rows: pl.DataFrame, around: Surroundings) -> pl.DataFrame:
    """Submitted amounts far above the median of their call (without one, of their node) or above the call's budget.

    Where too few applications are stored, the median of the list itself counts.
    """
    value = VALUES[0]
    group = ["call_no", "node_no"]
    placed = (
        select_visible(rows, value, "node", "call")
        .filter(pl.col(value).is_not_null())
        .with_columns(pl.when(pl.col("call_no").is_null()).then(pl.col("node_no")).alias("node_no"))
    )
    own = placed.group_by(group).agg(_number(value).median().alias("own"), pl.len().alias("together"))
    compared = placed.join(around.medians, on=group, how="left", nulls_equal=True, maintain_order="left").join(
        own.filter(pl.col("together") > ENOUGH), on=group, how="left", nulls_equal=True, maintain_order="left"
    )
    budget = pl.col("call_no").replace_strict(around.budgets, default=None, return_dtype=pl.Float64).alias("budget")
    usual = pl.coalesce("median", "own").alias("usual")
    changed = compared.with_columns(usual, budget).filter(_is_changed(value))
    far = _is_far_above(_number(value), pl.col("usual")).fill_null(value=False)
    over = _is_far_above(_number(value), pl.col("budget")) & ~far
    return pl.concat([
        _mark(changed.filter(far), value, "value_far_from_others", pl.col("usual").round(2).cast(pl.String)),
        _mark(changed.filter(over), value, "value_over_budget", pl.col("budget").round(2).cast(pl.String)),
    ])  # fmt: skip


def _mark(rows: pl.DataFrame, column: str, code: str, expected: pl.Expr) -> pl.DataFrame:
    return _repeat_cell(rows, build_findings(rows, column, code, expected=expected, severity=CONFIRM), column)


def _repeat_cell(rows: pl.DataFrame, findings: pl.DataFrame, column: str) -> pl.DataFrame:
    """Repeat a day or an amount in the message: neither is personal data, even if its digits look like a PESEL."""
    return findings.with_columns(rows[column].cast(pl.String).alias("seen"))


def _is_far_above(amount: pl.Expr, other: pl.Expr) -> pl.Expr:
    return (amount >= FACTOR * other) & (amount >= SMALLEST)


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64)


def _is_changed(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(f"old_{column}")) & pl.col(column).is_not_null()
