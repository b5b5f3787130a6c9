"""Findings by row and column of an uploaded table, collected in a data frame.

An error excludes its row, a warning does not, and severity ``confirm`` marks a value that its sender must confirm.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from miernik_shared.problems import FieldError
from miernik_shared.uploads.columns import RowsByColumn
from miernik_shared.uploads.limits import FINDINGS

OF_WHOLE_FILE = frozenset(("decimal_sign_doubtful", "decimal_signs_mixed"))
"""Codes of errors with one cause for the whole file: only the first is kept, and nothing of the file is stored."""
_TYPE = "cell_type_wrong"
_SHADOWING = (("personal_number", "row_no"), ("row_doubtful", "row_no"))
"""Codes after which nothing else is said of a row."""
_SCHEMA = {
    "row_no": pl.Int32,
    "column_name": pl.String,
    "severity": pl.String,
    "code": pl.String,
    "seen": pl.String,
    "expected": pl.String,
}
_LONGEST_WORD = 40
_ELLIPSIS = "…"
_DIGITS_OF_PERSONAL_NUMBER = 11
_SHOWN_OF_THOSE = 4


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
        column = (self.column_name or "").replace("~", "~0").replace("/", "~1")
        pointer = row + (f"/{column}" if column else "")
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
        (_shorten_word(seen) if seen else pl.lit(None, dtype=pl.String)).alias("seen"),
        (expected if isinstance(expected, pl.Expr) else pl.lit(expected, dtype=pl.String)).alias("expected"),
    )


def build_type_findings(wrong_types: RowsByColumn) -> list[pl.DataFrame]:
    """Build a finding for each cell that is neither a text nor a number."""
    return [
        build_findings(pl.DataFrame({"row_no": rows}, schema={"row_no": pl.Int32}), column, _TYPE)
        for column, rows in wrong_types.items()
    ]


def _shorten_word(column: str) -> pl.Expr:
    """The cell as the message repeats it: in one line, at most forty characters, and never a whole personal number.

    A cell with as many digits as a PESEL, which no check recognised as one, is cut after its first characters.
    """
    cell = pl.col(column).fill_null("").str.replace_all(r"[\s\p{C}]+", " ").str.strip_chars()
    is_long = cell.str.len_chars() > _LONGEST_WORD
    shown = pl.when(is_long).then(cell.str.slice(0, _LONGEST_WORD - 1) + _ELLIPSIS).otherwise(cell)
    suspicious = cell.str.count_matches("[0-9]") == _DIGITS_OF_PERSONAL_NUMBER
    return pl.when(suspicious).then(cell.str.slice(0, _SHOWN_OF_THOSE) + _ELLIPSIS).otherwise(shown)


def sort_findings(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Merge findings and sort them by row, column and code.

    Other findings of a row with a personal number are dropped, so that nothing of the row is repeated, those of a row
    that may be no data, and those of a cell of a wrong type, since they are about its text.
    """
    found = [table for table in tables if not table.is_empty()]
    if not found:
        return empty_findings()
    kept = pl.concat(found)
    for code, *place in (*_SHADOWING, (_TYPE, "row_no", "column_name")):
        kept = _drop_shadowed(kept, code, *place)
    return _keep_first_of_file(kept.sort("row_no", "column_name", "code"))


def _keep_first_of_file(findings: pl.DataFrame) -> pl.DataFrame:
    """Keep one finding of each cause that concerns the whole file."""
    of_file = pl.col("code").is_in(list(OF_WHOLE_FILE))
    return findings.filter(~of_file | pl.col("code").is_first_distinct())


def _drop_shadowed(findings: pl.DataFrame, code: str, *place: str) -> pl.DataFrame:
    """Drop findings that share the columns ``place`` with a finding of ``code``, but not the latter."""
    those = findings.filter(pl.col("code") == code)
    if those.is_empty():
        return findings
    return pl.concat([findings.join(those.select(place).unique(), on=place, how="anti"), those])


def findings_from_table(table: pl.DataFrame) -> list[TableFinding]:
    """First findings of a data frame as objects, at most :data:`~limits.FINDINGS`."""
    return [_finding_from_row(row) for row in table.head(FINDINGS).iter_rows(named=True)]


def _finding_from_row(row: dict[str, Any]) -> TableFinding:
    params = {name: row[name] for name in ("seen", "expected") if row[name] is not None}
    place = {"row": "–" if row["row_no"] is None else str(row["row_no"]), "column": row["column_name"] or ""}
    return TableFinding(row["row_no"], row["column_name"], row["severity"], row["code"], place | params)
