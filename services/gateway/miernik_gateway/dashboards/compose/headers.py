"""Headers of a table: typed columns and column groups, with their notes and sources."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypedDict, TypeVar, Unpack

from miernik_gateway.dashboards.compose import kinds
from miernik_gateway.dashboards.compose.body import ColumnBody, ColumnGroupBody, NoteBody, SourceBody
from miernik_gateway.dashboards.compose.cells import Absent
from miernik_gateway.dashboards.compose.kinds import Kind, MonthRange, TargetValue

V = TypeVar("V")


class ColumnOptions(TypedDict, total=False):
    """Properties of a column besides key, title, meaning and kind."""

    unit: str
    """Unit of all values; without one they have the unit of their row."""
    observed: bool
    """Whether the values are computed from returns, so that they are incomplete in an incomplete row."""
    optional: bool
    """Whether the column is omitted from a table in which it has no value."""
    absent: Absent
    """Status of cells with the value None; ``missing`` by default."""


@dataclass(eq=False)
class Remarks:
    """Notes and sources of a table, a column or a column group."""

    notes: list[NoteBody] = field(default_factory=list[NoteBody])
    sources: list[SourceBody] = field(default_factory=list[SourceBody])

    def note(self, text: str, mark: str | None = None) -> None:
        """Add a sentence; ``mark`` is the reference sign, such as ``*``."""
        self.notes.append(NoteBody(text=text, mark=mark) if mark else NoteBody(text=text))

    def source(self, text: str, day: date, mark: str | None = None) -> None:
        """Add the origin of the figures."""
        body = SourceBody(text=text, date=day)
        if mark:
            body.mark = mark
        self.sources.append(body)

    def add_to(self, body: ColumnBody | ColumnGroupBody) -> None:
        """Add the notes and sources to the body of the header."""
        if self.notes:
            body.notes = self.notes
        if self.sources:
            body.sources = self.sources


@dataclass(eq=False, kw_only=True)
class Column(Remarks, Generic[V]):
    """Column with values of type ``V``. Also the typed key of a row's cell: ``row[column] = value``."""

    key: str
    title: str
    meaning: str
    kind: Kind[V]
    group: str | None = None
    unit: str | None = None
    observed: bool = False
    optional: bool = False
    absent: Absent = "missing"
    has_values: bool = False
    """Whether any row has a value in this column."""
    is_wide: bool = False
    """Whether a value of the column needs the wider kind, so that all are shown in it."""

    def note_value(self, value: V) -> None:
        """Note that a row has this value in the column."""
        self.has_values = True
        if self.kind.is_wide is not None and self.kind.is_wide(value):
            self.is_wide = True

    @property
    def is_visible(self) -> bool:
        """Whether the column appears in the table: an optional one needs a value."""
        return self.has_values or not self.optional

    def body(self) -> ColumnBody:
        """Return the column's header as it appears in the response."""
        body = ColumnBody(key=self.key, title=self.title, meaning=self.meaning, kind=self.kind.name, unit=self.unit)
        if self.group:
            body.group = self.group
        self.add_to(body)
        return body


@dataclass(eq=False)
class ColumnBuilder:
    """Methods that add a column to a table, either directly or within one of its column groups."""

    columns: list[Column[Any]] = field(default_factory=list[Column[Any]], kw_only=True)
    """All columns of the table, in order."""

    def add(self, kind: Kind[V], key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[V]:
        """Add a column of a kind."""
        column = Column(key=key, title=title, meaning=meaning, kind=kind, group=self.group_key(), **options)
        self.columns.append(column)
        return column

    def group_key(self) -> str | None:
        """Return the key of the column group in which columns are added, or None outside a group."""
        return None

    def text(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[str]:
        """Add a column of texts."""
        return self.add(kinds.TEXT, key, title, meaning, **options)

    def number(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[Decimal]:
        """Add a column of numbers with all their decimals."""
        return self.add(kinds.NUMBER, key, title, meaning, **options)

    def count(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[int]:
        """Add a column of whole numbers."""
        return self.add(kinds.COUNT, key, title, meaning, **options)

    def money(
        self, key: str, title: str, meaning: str, *, whole_bare: bool = False, **options: Unpack[ColumnOptions]
    ) -> Column[Decimal]:
        """Add a column of amounts in złote. With ``whole_bare`` a column of whole amounts has no grosze."""
        return self.add(kinds.MONEY_WHOLE_BARE if whole_bare else kinds.MONEY, key, title, meaning, **options)

    def percent(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[Decimal]:
        """Add a column of percentages."""
        return self.add(kinds.PERCENT, key, title, meaning, **options)

    def date(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[date]:
        """Add a column of days."""
        return self.add(kinds.DATE, key, title, meaning, **options)

    def month_range(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[MonthRange]:
        """Add a column of months or ranges of months."""
        return self.add(kinds.MONTH_RANGE, key, title, meaning, **options)

    def target(self, key: str, title: str, meaning: str, **options: Unpack[ColumnOptions]) -> Column[TargetValue]:
        """Add a column of targets."""
        return self.add(kinds.TARGET, key, title, meaning, **options)


@dataclass(eq=False, kw_only=True)
class ColumnGroup(ColumnBuilder, Remarks):
    """Header over several columns of a table."""

    key: str
    title: str

    def group_key(self) -> str | None:
        """Return the key of this group."""
        return self.key

    def body(self) -> ColumnGroupBody:
        """Return the group's header as it appears in the response, with the keys of its visible columns."""
        keys = [column.key for column in self.columns if column.is_visible and column.group == self.key]
        body = ColumnGroupBody(key=self.key, title=self.title, columns=keys)
        self.add_to(body)
        return body
