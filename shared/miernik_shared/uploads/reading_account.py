"""Account of how an upload was read: its header, its decimal sign, and the rows and columns that were passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

MOST_SHOWN = 100
"""Maximum number of stored runs of rows, and of columns; the counts include all."""
UNKNOWN_COLUMN, EMPTY_COLUMN = "passed_over_unknown_column", "passed_over_empty_column"


@dataclass(frozen=True, slots=True)
class PassedOverRows:
    """Run of adjacent rows that were passed over for the same reason."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class PassedOverColumn:
    """Column that is none of ours, by its number in the file; ``heading`` is null where it has none."""

    number: int
    heading: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How an upload was read. ``decimal`` is the sign that its numbers have, null where none of them has one."""

    header_row: int | None = None
    decimal: str | None = None
    rows: tuple[PassedOverRows, ...] = ()
    columns: tuple[PassedOverColumn, ...] = ()
    row_count: int = 0
    column_count: int = 0

    def with_decimal(self, decimal: str | None) -> "Reading":
        """Add the decimal sign, which is known once the numbers have been parsed."""
        return replace(self, decimal=decimal)

    def to_json(self) -> dict[str, Any]:
        """Representation in the database."""
        return {
            "header_row": self.header_row,
            "decimal": self.decimal,
            "rows": [[one.first, one.last, one.reason] for one in self.rows],
            "columns": [[one.number, one.heading, one.reason] for one in self.columns],
            "row_count": self.row_count,
            "column_count": self.column_count,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Reading":
        """Reverse of :meth:`to_json`."""
        rows = tuple(PassedOverRows(*one) for one in stored["rows"])
        columns = tuple(PassedOverColumn(*one) for one in stored["columns"])
        counts = {name: stored[name] for name in ("header_row", "decimal", "row_count", "column_count")}
        return cls(rows=rows, columns=columns, **counts)


def describe_reading(header_row: int | None, passed_over: pl.DataFrame, columns: Sequence[PassedOverColumn]) -> Reading:
    """Build the account; ``passed_over`` has the columns ``row_no`` and ``kind``."""
    return Reading(
        header_row,
        None,
        _find_runs(passed_over),
        tuple(columns[:MOST_SHOWN]),
        passed_over.height,
        len(columns),
    )


def _find_runs(passed_over: pl.DataFrame) -> tuple[PassedOverRows, ...]:
    if passed_over.is_empty():
        return ()
    ordered = passed_over.sort("row_no")
    starts = (pl.col("row_no").diff().fill_null(0) != 1) | (pl.col("kind") != pl.col("kind").shift())
    runs = (
        ordered.with_columns(starts.fill_null(value=True).cum_sum().alias("run"))
        .group_by("run", maintain_order=True)
        .agg(pl.col("row_no").first().alias("first"), pl.col("row_no").last().alias("last"), pl.col("kind").first())
        .head(MOST_SHOWN)
    )
    return tuple(PassedOverRows(*run) for run in runs.select("first", "last", "kind").iter_rows())


def has_decimal(stored: Mapping[str, Any] | None, stated: str | None) -> bool:
    """Whether a stored upload was read with the decimal sign that a sender states for the same content.

    Uploads of earlier versions, for which nothing is stored, had a decimal comma unless a form said otherwise.
    """
    return stated is None or stored is None or stored["decimal"] in (None, stated)
