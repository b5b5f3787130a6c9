"""Separation of the data rows of a table from the rows passed over, whose cells may contain personal numbers, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.findings import build_findings
from miernik_shared.uploads.personal_numbers import find_personal_numbers
from miernik_shared.uploads.row_kinds import DOUBTFUL, SECOND_TABLE

_TEXT, _CELL = "text", "cell"


@dataclass(frozen=True, slots=True)
class SplitRows:
    """Rows of a table. ``data`` includes doubtful rows; ``kinds`` are the kinds of the rows ``passed_over``."""

    data: pl.DataFrame
    passed_over: pl.DataFrame
    kinds: pl.DataFrame
    doubtful: pl.DataFrame


def split_rows(cells: pl.DataFrame, kinds: pl.DataFrame) -> SplitRows:
    """Split a table by the kinds of its rows, which :func:`row_kinds.classify_rows` returns."""
    if kinds.is_empty():
        return SplitRows(cells, cells.clear(), kinds, cells.clear())
    is_doubtful = pl.col("kind") == DOUBTFUL
    passed, doubtful = kinds.filter(~is_doubtful), kinds.filter(is_doubtful)
    return SplitRows(
        cells.join(passed, on="row_no", how="anti", maintain_order="left"),
        cells.join(passed, on="row_no", how="semi", maintain_order="left"),
        passed,
        cells.join(doubtful, on="row_no", how="semi", maintain_order="left"),
    )


def refuse_second_table(shape: TableShape, kinds: pl.DataFrame) -> None:
    """Raise 422 if another header stands below the first: its rows would be read under the wrong columns."""
    second = kinds.filter(pl.col("kind") == SECOND_TABLE)["row_no"]
    if not second.is_empty():
        row = int(second[0])
        error = FieldError(f"/rows/{row}", SECOND_TABLE, {"row": str(row)}, row)
        raise Problem(422, "header_wrong", shape.params(";"), [error])


def find_doubtful_rows(rows: SplitRows, place: str, column: str) -> list[pl.DataFrame]:
    """Errors for rows that may be totals or notes as well as data; ``place`` in the frame has the ``column``."""
    return [build_findings(rows.doubtful, column, DOUBTFUL, seen=place)] if not rows.doubtful.is_empty() else []


def join_cells(rows: Sequence[tuple[int, Sequence[str]]]) -> pl.DataFrame:
    """Rows outside of the table, each as one text, for :func:`find_hidden_personal_numbers`."""
    texts = [(row, " | ".join(cells)) for row, cells in rows]
    return pl.DataFrame(texts, schema={"row_no": pl.Int32, _TEXT: pl.String}, orient="row")


def find_hidden_personal_numbers(tables: Sequence[pl.DataFrame], labels: Mapping[str, str]) -> list[pl.DataFrame]:
    """Find PESEL numbers in what was passed over: the file, which contains it, must not be stored either.

    ``labels`` are the names of the columns for the findings.
    """
    found: list[pl.DataFrame] = []
    for table in (one for one in tables if one.width > 1):
        # One long column: a file may have thousands of columns that are none of ours.
        cells = table.unpivot(index="row_no", variable_name="place", value_name=_CELL).drop_nulls(_CELL)
        suspects = cells.filter(find_personal_numbers(cells[_CELL])) if not cells.is_empty() else cells
        for (place,), rows in suspects.group_by("place", maintain_order=True):
            found.append(build_findings(rows, labels.get(str(place)), "personal_number"))
    return found
