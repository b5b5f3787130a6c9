"""Table of a section, built column by column and row by row.

::

    table = Table("7.2", title, say)
    name = table.text("name", say("Działanie", "Measure"), say("Kod działania", "Code of the measure"))
    value = table.money("value", say("Wartość", "Value"), say("Suma wartości umów", "Sum of the agreements' values"))
    for line in lines:
        row = table.row(line.code, proof=line.proof)
        row[name] = line.code
        row[value] = line.value_pln

A column has the type of its values, so that pyright rejects a text in a column of amounts.
"""

from collections.abc import Sequence
from typing import Any, TypeVar, Unpack

from miernik_gateway.dashboards.catalogue.bilingual import Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block
from miernik_gateway.dashboards.compose.body import CellBody, CellStatus, GroupBody, RowBody
from miernik_gateway.dashboards.compose.cells import Absent, absent_cell, filled_cell
from miernik_gateway.dashboards.compose.headers import Column, ColumnBuilder, ColumnGroup, Remarks
from miernik_gateway.dashboards.compose.kinds import CellMembers
from miernik_shared.formats import Language

V = TypeVar("V")


class Row:
    """Row of a table. A column that is never set has an absent value in it."""

    __slots__ = ("_body", "_cells", "_complete", "_language", "_narrow")

    def __init__(self, body: RowBody, language: Language, complete: bool) -> None:
        self._body = body
        self._language: Language = language
        self._complete = complete
        self._cells: dict[str, CellBody | None] = {}
        self._narrow: dict[str, Any] = {}
        """Values of columns that may still have to be shown in a wider kind."""

    def __setitem__(self, column: Column[V], value: V | None) -> None:
        """Set the value of a column."""
        self.put(column, value)

    def put(
        self,
        column: Column[V],
        value: V | None,
        *,
        display: str | None = None,
        absent: Absent | None = None,
        **members: Unpack[CellMembers],
    ) -> None:
        """Set the value of a column, with further members of its cell.

        ``display`` replaces the text of the value; ``absent`` is the status of the cell if the value is None.
        """
        status: CellStatus = "incomplete" if column.observed and not self._complete else "ok"
        if display is not None:
            text = None if value is None else column.kind.value(value)
            cell = CellBody(value=text, display=display, status="ok" if value is None else status, **members)
        elif value is None:
            cell = absent_cell(absent or column.absent, self._language, **members)
        else:
            cell = filled_cell(column.kind, value, self._language, status, **members)
            if column.kind.wider is not None:
                self._narrow[column.key] = value
        if value is not None:
            column.note_value(value)
        self._cells[column.key] = cell

    def cover(self, column: Column[V]) -> None:
        """Leave the column without a cell, since the cell of a row above spans this row."""
        self._cells[column.key] = None

    def body(self, columns: Sequence[Column[V]]) -> RowBody:
        """Return the row with a cell for each of the columns, except where a cell of a row above spans it."""
        cells = self._cells
        for column in columns:
            if column.key not in cells:
                self[column] = None
        self._body.cells = {column.key: cell for column in columns if (cell := cells[column.key]) is not None}
        for column in columns:
            self._widen(column)
        return self._body

    def _widen(self, column: Column[Any]) -> None:
        """Show the value with as many decimals as the column's others have."""
        cell, wider = self._cells.get(column.key), column.kind.wider
        if column.is_wide and wider is not None and cell is not None and column.key in self._narrow:
            cell.display = wider.text(self._narrow[column.key], self._language)


class Table(Block, ColumnBuilder, Remarks):
    """Table with its columns, column groups and rows, notes and sources."""

    def __init__(self, key: str, title: str, say: Speaker) -> None:
        ColumnBuilder.__init__(self)
        Remarks.__init__(self)
        self.key = key
        self._title = title
        self._language: Language = say.language
        self._groups: list[ColumnGroup] = []
        self._rows: list[Row] = []

    def group(self, key: str, title: str) -> ColumnGroup:
        """Add a column group; columns added to the returned group appear under its title."""
        group = ColumnGroup(key=key, title=title, columns=self.columns)
        self._groups.append(group)
        return group

    def row(
        self,
        key: str,
        *,
        proof: str | None,
        complete: bool = True,
        level: int = 0,
        unit: str | None = None,
        note: str | None = None,
        kind: str | None = None,
        title: str | None = None,
    ) -> Row:
        """Add a row.

        ``proof`` is the address of the data behind its figures. A row that is not ``complete`` has incomplete values
        in its observed columns. ``level`` 1 is a part of the row above. ``kind`` distinguishes a node from the total;
        ``title`` is the full name of a row with a kind, which is shown by its code.
        """
        body = RowBody(key=key, level=level, unit=unit, cells={}, note=note, proof=proof)
        if kind is not None:
            body.kind, body.title = kind, title
        row = Row(body, self._language, complete)
        self._rows.append(row)
        return row

    def span(
        self,
        column: Column[V],
        rows: Sequence[Row],
        value: V | None,
        *,
        absent: Absent | None = None,
        **members: Unpack[CellMembers],
    ) -> None:
        """Set one value for neighbouring rows: the cell stands in the first of them."""
        first, *others = rows
        members["row_span"] = len(rows)
        first.put(column, value, absent=absent, **members)
        for row in others:
            row.cover(column)

    def body(self) -> GroupBody:
        """Return the table."""
        columns = [column for column in self.columns if column.is_visible]
        body = GroupBody(
            key=self.key,
            title=self._title,
            columns=[column.body() for column in columns],
            rows=[row.body(columns) for row in self._rows],
            sources=self.sources,
        )
        if self._groups:
            body.column_groups = [one for group in self._groups if (one := group.body()).columns]
        if self.notes:
            body.notes = self.notes
        return body
