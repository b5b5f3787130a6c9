"""What a version of an application holds, as columns of a table: the same for one application and for a whole list."""

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

Stage = Literal["submitted", "formally_positive", "accepted"]
STAGES: tuple[Stage, ...] = ("submitted", "formally_positive", "accepted")
"""In the order in which they are reached: złożone, ocenione formalnie pozytywnie, przyjęte do realizacji."""
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
    "id": pl.String,
    "application_no": pl.Int32,
    "version": pl.Int32,
}
"""``version`` is the one that stands, 0 (and no ``application_no``) for an application that is new."""
ROW: Mapping[str, Any] = {
    "row_no": pl.Int32,
    **IDENTITY,
    **STATE,
    **{f"old_{name}": kind for name, kind in STATE.items()},
}


def one_row(identity: Mapping[str, Any], state: Mapping[str, Any], old: Mapping[str, Any] | None) -> pl.DataFrame:
    """The table of one application that is written on its own."""
    former = {f"old_{name}": old[name] if old else None for name in STATE}
    row = {"row_no": None, **identity, **state, **former}
    return pl.DataFrame([{name: row[name] for name in ROW}], schema=dict(ROW), orient="row")


def hidden(column: str) -> str:
    """The column that says of which rows the cell in ``column`` is not known: it could not be read, say."""
    return f"hidden_{column}"


def told_of(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Rows of which all these cells are known."""
    marks = [hidden(column) for column in columns if hidden(column) in rows.columns]
    return rows.filter(~pl.any_horizontal(marks)) if marks else rows


def differs(*names: str) -> pl.Expr:
    """Whether one of the columns is not what it was."""
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"old_{name}")) for name in names)
