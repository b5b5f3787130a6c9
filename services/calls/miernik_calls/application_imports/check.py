"""Set-based validation of a list of applications: every cell, reference and stage, all findings at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from miernik_calls.application_imports.cells import read_amounts, tell_amounts
from miernik_calls.application_imports.days import DAY_EXAMPLE, read_days
from miernik_calls.applications.node_assignment import ProgrammeTree, assign_nodes, find_foreign_nodes
from miernik_calls.applications.plausibility import Surroundings, empty_surroundings, find_implausible_cells
from miernik_calls.applications.stages import validate_stages
from miernik_calls.applications.texts import find_unfit_texts
from miernik_calls.applications.version_columns import (
    DAYS,
    IDENTITY,
    LONGEST_NUMBER,
    LONGEST_TITLE,
    ROW,
    STATE,
    VALUES,
    differs,
    hidden_mark,
)
from miernik_shared.uploads.columns import RowsByColumn
from miernik_shared.uploads.decimal_signs import Sign, Told
from miernik_shared.uploads.findings import OF_WHOLE_FILE, build_findings, build_type_findings, sort_findings
from miernik_shared.uploads.personal_numbers import find_personal_numbers, find_personal_numbers_in_values
from miernik_shared.uploads.unlikely_rows import drop_unlikely_of_refused_rows

_CELLS = ("node", "call", *DAYS, *VALUES)
"""Columns whose cells the rules compare."""
ROUNDED = "number_rounded_by_spreadsheet"
_ROUNDED = r"(?i)^[0-9](?:[.,][0-9]+E[+]?|E[+])[0-9]{1,2}$"
_STATED = ("organisation", "title", *_CELLS)


@dataclass(frozen=True, slots=True)
class References:
    """Resolved references of a list, and the stored applications.

    ``nodes``, ``calls`` and ``organisations`` have the word, the surrogate key, a fault and a suggestion; ``stored``
    has the columns of an identity and of a state; ``tree`` is the programme; days and amounts are compared with
    ``around``.
    """

    nodes: pl.DataFrame
    calls: pl.DataFrame
    organisations: pl.DataFrame
    stored: pl.DataFrame
    tree: ProgrammeTree
    around: Surroundings = field(default_factory=empty_surroundings)


@dataclass(frozen=True, slots=True)
class CheckedList:
    """Result of the validation.

    ``rows``, with the columns of :data:`~version_columns.ROW`, are new or changed and without errors. ``decimal`` is
    the sign of the amounts, null where none has one.
    """

    rows: pl.DataFrame
    findings: pl.DataFrame
    row_count: int
    unchanged: int
    refused: int
    decimal: Sign | None = None

    @property
    def created(self) -> int:
        """Number of new applications."""
        return self.rows["application_no"].null_count()

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of rows by outcome, and of findings."""
        changed = self.rows.height - self.created
        return self._counts(self.created, changed, self.unchanged, self.refused)

    @property
    def counts_of_nothing(self) -> dict[str, int]:
        """Counts for the case that nothing of the list is stored."""
        return self._counts(0, 0, 0, self.row_count)

    def _counts(self, created: int, changed: int, unchanged: int, refused: int) -> dict[str, int]:
        counts = {"row": self.row_count, "created": created, "changed": changed, "unchanged": unchanged}
        return counts | {"refused": refused, "finding": self.findings.height}

    @property
    def holds_personal_numbers(self) -> bool:
        """Whether a cell holds a PESEL: then nothing of the list may be stored."""
        return self.findings.filter(pl.col("code") == "personal_number").height > 0

    @property
    def is_refused_whole(self) -> bool:
        """Whether no row can be taken alone: for a PESEL, or because it is unclear how the numbers are written."""
        codes = ["personal_number", *OF_WHOLE_FILE]
        return self.findings.filter(pl.col("code").is_in(codes)).height > 0


def check_list(
    cells: pl.DataFrame,
    references: References,
    today: date,
    decimal: Sign | None,
    *,
    exact: bool,
    absent: RowsByColumn | None = None,
    wrong_types: RowsByColumn | None = None,
    found: Sequence[pl.DataFrame] = (),
) -> CheckedList:
    """Parse, resolve, merge with the stored state, and validate. ``cells`` are stripped. Pure: needs no database.

    ``decimal`` is the sign that the sender states; ``found`` are the findings of the parser.

    An empty cell clears the stored value; a column that the list, or the row (``absent``), does not have leaves it.
    """
    missing = _find_missing_cells(cells, absent or {})
    columns, tables = _resolve_columns(cells, references)
    tables += [*found, *build_type_findings(wrong_types or {})]
    told, values = _read_values(cells, decimal, exact=exact)
    for name, read in values.items():
        columns[name] = read["value"]
        tables.append(_faults_of(cells, name, read))
    rows = cells.select("row_no", "number", "number_key").with_columns(**columns)
    merged = assign_nodes(_merge_stored(rows, references.stored, missing), references.tree, missing["node"])
    known = _mark_hidden(merged, missing, pl.concat(tables))
    rules = [*validate_stages(known, today), find_foreign_nodes(known, references.tree)]
    rules += find_implausible_cells(known, references.around, today)
    findings = drop_unlikely_of_refused_rows(sort_findings([*tables, *rules]))
    return _summarise(cells, merged, findings, told.decimal)


def _resolve_columns(cells: pl.DataFrame, references: References) -> tuple[dict[str, pl.Series], list[pl.DataFrame]]:
    """Columns of texts and surrogate keys, and the findings about them."""
    columns: dict[str, pl.Series] = {}
    tables = [*_validate_texts(cells), *_find_personal_numbers(cells)]
    known = {"node": references.nodes, "call": references.calls, "organisation": references.organisations}
    for name, words in known.items():
        if name in cells.columns:
            found = cells.select(name).join(words, on=name, how="left", maintain_order="left")
            columns[f"{name}_no"] = found[f"{name}_no"]
            tables.append(_faults_of(cells, name, found))
    if "title" in cells.columns:
        columns["title"] = cells["title"].replace("", None)
    return columns, tables


def _read_values(cells: pl.DataFrame, decimal: Sign | None, *, exact: bool) -> tuple[Told, dict[str, pl.DataFrame]]:
    """Notation of the amounts, and for each column of amounts or days ``value``, ``fault`` and ``expected``."""
    amounts, days = ([name for name in names if name in cells.columns] for names in (VALUES, DAYS))
    told = tell_amounts([cells[name] for name in amounts], decimal, exact=exact)
    read = {name: read_amounts(cells[name], told) for name in amounts}
    for name, column in zip(days, read_days([cells[name] for name in days]), strict=True):
        read[name] = column.with_columns(pl.lit(DAY_EXAMPLE).alias("expected"))
    return told, read


def _faults_of(cells: pl.DataFrame, column: str, read: pl.DataFrame) -> pl.DataFrame:
    """Findings where ``read``, which has a row for each cell, has a ``fault``."""
    faulty = cells.with_columns(read["fault"], read["expected"]).filter(pl.col("fault").is_not_null())
    return build_findings(faulty, column, pl.col("fault"), seen=column, expected=pl.col("expected"))


def _validate_texts(cells: pl.DataFrame) -> list[pl.DataFrame]:
    number, key = pl.col("number"), pl.col("number_key")
    named = cells.filter(key != "")
    rows = pl.col("row_no").over("number_key", mapping_strategy="join", order_by="row_no")
    # Each repeated row names another one: the first names the second, all others the first.
    other = pl.when(pl.col("row_no") == rows.list.first()).then(rows.list.get(1)).otherwise(rows.list.first())
    repeated = named.filter(key.is_duplicated()).with_columns(other.cast(pl.String).alias("other"))
    tables = [
        build_findings(cells.filter(number == ""), "number", "number_missing"),
        build_findings(cells.filter(number.str.len_chars() > LONGEST_NUMBER), "number", "number_too_long"),
        build_findings(cells.filter(number.str.contains(_ROUNDED)), "number", ROUNDED, seen="number"),
        *find_unfit_texts(cells, "number"),
        build_findings(repeated, "number", "number_repeated", seen="number", expected=pl.col("other")),
    ]
    if "title" in cells.columns:
        title = pl.col("title")
        tables += [
            build_findings(cells.filter(title.str.len_chars() > LONGEST_TITLE), "title", "title_too_long"),
            *find_unfit_texts(cells, "title"),
        ]
    return tables


def _find_personal_numbers(cells: pl.DataFrame) -> list[pl.DataFrame]:
    found: list[pl.DataFrame] = []
    for column in cells.drop("row_no", "number_key").columns:
        find = find_personal_numbers_in_values if column in VALUES else find_personal_numbers
        suspect = find(cells[column])
        if suspect.any():
            found.append(build_findings(cells.filter(suspect), column, "personal_number"))
    return found


def _drop_erroneous(rows: pl.DataFrame, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Rows without an error in the tables."""
    wrong = pl.concat([table.filter(pl.col("severity") == "error").select("row_no") for table in tables]).unique()
    return rows.join(wrong, on="row_no", how="anti", maintain_order="left")


def _find_missing_cells(cells: pl.DataFrame, absent: RowsByColumn) -> dict[str, pl.Expr]:
    """Conditions by column under which a row does not have that column."""
    rows = {name: pl.Series(absent.get(name, ()), dtype=pl.Int32).implode() for name in _STATED}
    return {
        name: pl.col("row_no").is_in(rows[name]) if name in cells.columns else pl.lit(value=True) for name in _STATED
    }


def _merge_stored(rows: pl.DataFrame, stored: pl.DataFrame, missing: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Whole states: the stored value stays in columns that a row does not have."""
    former = stored.rename({name: f"old_{name}" for name in STATE})
    joined = rows.join(former, on="number_key", how="left", maintain_order="left", suffix="_stored")
    given = {name: pl.col(name) if name in rows.columns else pl.lit(None) for name in STATE}
    kept = [
        pl.when(missing[name.removesuffix("_no")]).then(pl.col(f"old_{name}")).otherwise(given[name]).alias(name)
        for name in STATE
    ]
    # The number stays as it was first written.
    number = pl.coalesce("number_stored", "number").alias("number")
    return joined.with_columns(number, *kept, pl.col("version").fill_null(0)).select(
        pl.col(name).cast(kind) for name, kind in ROW.items()
    )


def _mark_hidden(merged: pl.DataFrame, missing: Mapping[str, pl.Expr], faults: pl.DataFrame) -> pl.DataFrame:
    """Mark unknown cells: those with an error, and the missing cells of a row without a valid number.

    Without its number the stored application, which would supply them, cannot be identified.
    """
    if faults.is_empty():
        return merged
    row_no, column = pl.col("row_no"), pl.col("column_name")
    faulty = {name: row_no.is_in(faults.filter(column == name)["row_no"].implode()) for name in _CELLS}
    nameless = row_no.is_in(
        faults.filter((column == "number") & (pl.col("code") != "number_repeated"))["row_no"].implode()
    )
    return merged.with_columns((faulty[name] | (nameless & missing[name])).alias(hidden_mark(name)) for name in _CELLS)


def _summarise(cells: pl.DataFrame, merged: pl.DataFrame, findings: pl.DataFrame, decimal: Sign | None) -> CheckedList:
    sound = _drop_erroneous(merged, [findings])
    changed = sound.filter((pl.col("version") == 0) | differs(*STATE))
    refused = findings.filter(pl.col("severity") == "error")["row_no"].n_unique()
    unchanged = sound.height - changed.height
    return CheckedList(changed.sort("number_key"), findings, cells.height, unchanged, refused, decimal)


def empty_stored() -> pl.DataFrame:
    """Empty table of stored applications."""
    return pl.DataFrame(schema={**IDENTITY, **STATE})
