"""From a report's rows to the rows of a table: cells, names of parts, cells over several rows, the total last."""

from collections.abc import Sequence
from typing import Any

from miernik_gateway.dashboards.catalogue.description import CellNote, Column, Note, Rows, Section
from miernik_gateway.dashboards.compose.body import CellBody, RowBody
from miernik_gateway.dashboards.compose.cells import Row, cell, things_at, value_at
from miernik_gateway.dashboards.compose.notes import sentences, things_of
from miernik_gateway.dashboards.fetch.report_fetcher import Report
from miernik_shared.formats import Language

_LAST = {"unassigned": 1, "total": 2}
_MOST_NAMED = 10


def rows_of(
    section: Section, columns: Sequence[Column], rows: Sequence[Row], report: Report, language: Language
) -> list[RowBody]:
    """The table's rows: those of no kind in the report's order, then what belongs nowhere, then the total."""
    described = section.rows
    ordered = sorted(rows, key=lambda row: _LAST.get(_kind(described, row) or "", 0))
    shown = [_row(described, columns, row, language) for row in ordered]
    for column in columns:
        if column.span_by is not None:
            _span(column.key, [value_at(row, column.span_by) for row in ordered], shown)
        for note in column.notes:
            _say_where_they_differ(note, column.key, ordered, shown, language)
    for note in section.cell_notes:
        _annotate(note, report, ordered, shown, language)
    return shown


def _row(described: Rows, columns: Sequence[Column], row: Row, language: Language) -> RowBody:
    level = int(row.get(described.level) or 0) if described.level else 0
    cells = {column.key: cell(column, row, language) for column in columns}
    if level:
        _name_as_part(cells[described.name], described, language)
    body = RowBody(
        key=_key(described, row),
        level=level,
        unit=row.get(described.unit),
        cells=cells,
        note=row.get(described.note),
        proof=row.get(described.proof),
    )
    if described.kind:
        body.kind = _kind(described, row)
    if described.title:
        body.title = row.get(described.title)
    return body


def _kind(described: Rows, row: Row) -> str | None:
    return row.get(described.kind) if described.kind else None


def _key(described: Rows, row: Row) -> str:
    """What the row is called among its table's rows; a total has nothing but its kind."""
    named = "/".join(str(value) for value in (row.get(name) for name in described.key) if value is not None)
    return named or str(_kind(described, row) or "")


def _name_as_part(name: CellBody, described: Rows, language: Language) -> None:
    """Puts "w tym" in front, unless the name as it was entered brings it along."""
    of_which = described.of_which
    if of_which is None:
        return
    leads = (of_which.of("pl", name="").strip(), of_which.of("en", name="").strip())
    if not name.display.startswith(leads):
        name.display = of_which.of(language, name=name.display)


def _span(column: str, shared: Sequence[Any], rows: Sequence[RowBody]) -> None:
    """Leaves one cell to neighbouring rows that share something, over all of them."""
    first = 0
    for number, value in enumerate(shared):
        if number and value is not None and value == shared[number - 1]:
            del rows[number].cells[column]
        else:
            first = number
        rows[first].cells[column].row_span = number - first + 1


def _say_where_they_differ(
    note: Note, column: str, rows: Sequence[Row], shown: Sequence[RowBody], language: Language
) -> None:
    things = [things_of(note, row) for row in rows]
    told = [thing for of_row in things for thing in of_row]
    if all(thing == told[0] for thing in told):
        return
    for row, body in zip(rows, shown, strict=True):
        if column in body.cells:
            body.cells[column].notes = [*body.cells[column].notes, *sentences(note, row, language)]


def _annotate(
    note: CellNote, report: Report, rows: Sequence[Row], shown: Sequence[RowBody], language: Language
) -> None:
    for finding in things_at(report.members, note.each):
        words = note.text_by.words.get(str(finding.get(note.text_by.field)))
        column = note.columns.get(str(finding.get(note.column)))
        if words is None or column is None:
            continue
        text = words.of(language, **_named(note, finding))
        for row, body in zip(rows, shown, strict=True):
            if body.kind != "total" and column in body.cells and _concerns(note, finding, row):
                body.cells[column].notes = [*body.cells[column].notes, text]


def _concerns(note: CellNote, finding: Row, row: Row) -> bool:
    return row.get(note.matches) == finding.get(note.row) and finding.get("office") in (None, row.get("office"))


def _named(note: CellNote, finding: Row) -> dict[str, str]:
    things = things_at(finding, note.listed)
    count = int(finding.get("count") or len(things))
    names = [str(one.get(note.member)) for one in things[:_MOST_NAMED]]
    return {"count": str(count), "listed": ", ".join([*names, "…"] if count > len(names) else names)}
