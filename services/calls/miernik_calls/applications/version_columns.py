"""Columns of a version of an application, the same for one application and for a whole list."""

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

Stage = Literal["submitted", "formally_positive", "accepted"]
STAGES: tuple[Stage, ...] = ("submitted", "formally_positive", "accepted")
"""Stages in the order in which they are reached: złożone, ocenione formalnie pozytywnie, przyjęte do realizacji."""
ENDS = ("withdrawn_on", "rejected_on")
DAYS = (*(f"{stage}_on" for stage in STAGES), *ENDS)
VALUES = tuple(f"{stage}_value_pln" for stage in STAGES)
LONGEST_NUMBER = 100
LONGEST_TITLE = 500
AMOUNT = pl.Decimal(18, 2)
STATE: Mapping[str, Any] = {
    "node_no": pl.Int32,
    "call_no": pl.Int32,
    "organisation_no": pl.Int32,
    "title": pl.String,
    "submitted_on": pl.Date,
    "submitted_value_pln": AMOUNT,
    "formally_positive_on": pl.Date,
    "formally_positive_value_pln": AMOUNT,
    "accepted_on": pl.Date,
    "accepted_value_pln": AMOUNT,
    "withdrawn_on": pl.Date,
    "rejected_on": pl.Date,
}
IDENTITY: Mapping[str, Any] = {
    "number": pl.String,
    "number_key": pl.String,
    "id": pl.String,
    "application_no": pl.Int32,
    "version": pl.Int32,
}
"""``version`` is the current one; 0, without an ``application_no``, for an application that is new."""
MARKS: Mapping[str, Any] = {"annulled": pl.Boolean, "restored_version": pl.Int32}
"""Columns of a version that an annulment writes: it annuls the application, or restores an earlier version."""
ROW: Mapping[str, Any] = {
    "row_no": pl.Int32,
    **IDENTITY,
    **STATE,
    **{f"old_{name}": kind for name, kind in STATE.items()},
}


def one_row(identity: Mapping[str, Any], state: Mapping[str, Any], old: Mapping[str, Any] | None) -> pl.DataFrame:
    """Table of one row, for an application that is written singly."""
    former = {f"old_{name}": old[name] if old else None for name in STATE}
    row = {"row_no": None, **identity, **state, **former}
    return pl.DataFrame([{name: row[name] for name in ROW}], schema=dict(ROW), orient="row")


def hidden_mark(column: str) -> str:
    """Name of the column that marks rows whose cell in ``column`` is unknown, for example unparsable."""
    return f"hidden_{column}"


def select_visible(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Rows in which none of these cells is marked as hidden."""
    marks = [hidden_mark(column) for column in columns if hidden_mark(column) in rows.columns]
    return rows.filter(~pl.any_horizontal(marks)) if marks else rows


def differs(*names: str) -> pl.Expr:
    """Whether one of the columns differs from its former value."""
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"old_{name}")) for name in names)
