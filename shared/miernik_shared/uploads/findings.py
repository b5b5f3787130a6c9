"""Findings by row and column of an uploaded table, collected in a data frame.

An error excludes its row, a warning does not, and severity ``confirm`` marks a value that its sender must confirm.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from miernik_shared.problems import FieldError
from miernik_shared.uploads.columns import RowsByColumn

MAX_STORED_FINDINGS = 20_000
"""Maximum number of stored findings of one upload, the first by row; of the others only the count is stored."""
_TYPE = "cell_type_wrong"
_SCHEMA = {
    "row_no": pl.Int32,
    "column_name": pl.String,
    "severity": pl.String,
    "code": pl.String,
    "seen": pl.String,
    "expected": pl.String,
}
# Only short codes and numbers are repeated to the sender, so that a person's name in a wrong column is not.
_REPEATABLE = r"^[A-Za-z0-9ąćęłńóśźżĄĆĘŁŃÓŚŹŻ .,/_%+–−-]{0,24}$"
_HAS_DIGIT_OR_IS_SHORT = r"\d|^.{0,5}$"


@dataclass(frozen=True, slots=True)
class TableFinding:
    """Finding about one cell, row or table; ``params`` are the parameters of the code's message."""

    row_no: int | None
    column_name: str | None
    severity: str
    code: str
    params: dict[str, str]
    token: str | None = None
    """Token that confirms the value; for severity ``confirm`` only."""

    def as_error(self) -> FieldError:
        """Entry of the problem details for this finding."""
        row = f"/rows/{self.row_no}" if self.row_no is not None else ""
        pointer = row + (f"/{self.column_name}" if self.column_name else "")
        return FieldError(pointer, self.code, self.params, self.row_no, self.column_name, token=self.token)


def empty_findings() -> pl.DataFrame:
    """Data frame of findings without rows."""
    return pl.DataFrame(schema=_SCHEMA)


def build_findings(
    rows: pl.DataFrame,
    column: str | None,
    code: pl.Expr | str,
    *,
    seen: str | None = None,
    expected: pl.Expr | str | None = None,
    severity: str = "error",
) -> pl.DataFrame:
    """Build a finding for each of ``rows`` (with ``row_no``); ``seen`` is the column whose cell the message repeats."""
    return rows.select(
        pl.col("row_no"),
        pl.lit(column, dtype=pl.String).alias("column_name"),
        pl.lit(severity).alias("severity"),
        (pl.lit(code) if isinstance(code, str) else code).alias("code"),
        (_redact_unrepeatable(seen) if seen else pl.lit(None, dtype=pl.String)).alias("seen"),
        (expected if isinstance(expected, pl.Expr) else pl.lit(expected, dtype=pl.String)).alias("expected"),
    )


def build_type_findings(wrong_types: RowsByColumn) -> list[pl.DataFrame]:
    """Build a finding for each cell that is neither a text nor a number."""
    return [
        build_findings(pl.DataFrame({"row_no": rows}, schema={"row_no": pl.Int32}), column, _TYPE)
        for column, rows in wrong_types.items()
    ]


def _redact_unrepeatable(column: str) -> pl.Expr:
    cell = pl.col(column).fill_null("")
    harmless = cell.str.contains(_REPEATABLE) & cell.str.contains(_HAS_DIGIT_OR_IS_SHORT)
    return pl.when(harmless & (cell.str.count_matches(r"\d") < 11)).then(cell).otherwise(pl.lit("…"))


def sort_findings(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Merge findings and sort them by row, column and code.

    Other findings of a row with a personal number are dropped, so that nothing of the row is repeated, and other
    findings of a cell of a wrong type, since they are about its text.
    """
    found = [table for table in tables if not table.is_empty()]
    if not found:
        return empty_findings()
    kept = _drop_shadowed(_drop_shadowed(pl.concat(found), "personal_number", "row_no"), _TYPE, "row_no", "column_name")
    return kept.sort("row_no", "column_name", "code")


def _drop_shadowed(findings: pl.DataFrame, code: str, *place: str) -> pl.DataFrame:
    """Drop findings that share the columns ``place`` with a finding of ``code``, but not the latter."""
    those = findings.filter(pl.col("code") == code)
    if those.is_empty():
        return findings
    return pl.concat([findings.join(those.select(place).unique(), on=place, how="anti"), those])


def findings_from_table(table: pl.DataFrame) -> list[TableFinding]:
    """First findings of a data frame as objects, at most ``MAX_STORED_FINDINGS``."""
    return [_finding_from_row(row) for row in table.head(MAX_STORED_FINDINGS).iter_rows(named=True)]


def _finding_from_row(row: dict[str, Any]) -> TableFinding:
    params = {name: row[name] for name in ("seen", "expected") if row[name] is not None}
    place = {"row": "–" if row["row_no"] is None else str(row["row_no"]), "column": row["column_name"] or ""}
    return TableFinding(row["row_no"], row["column_name"], row["severity"], row["code"], place | params)
