"""How a dashboard is described: its sections, columns, groups, notes and sources, with the words in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Literal

from miernik_shared.formats import Language


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Polish and in English; ``{…}`` are filled by the composer."""

    pl: str
    en: str

    def of(self, language: Language, **values: str) -> str:
        """The words in one language."""
        return (self.pl if language == "pl" else self.en).format(**values)

    def filled_from(self, values: Mapping[str, str]) -> bool:
        """Whether there is something for each of its placeholders."""
        return all(values.get(name) for _, name, _, _ in Formatter().parse(self.pl) if name)


@dataclass(frozen=True, slots=True)
class ByState:
    """Words that depend on a state: ``field`` is where it is found, ``words`` by what is found there."""

    field: str
    words: Mapping[str, Words]


Default = Literal["today", "home_voivodeship"]
KnownValues = Literal["offices", "measures", "years"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter of the query. ``default`` is made explicit before anything is asked or kept."""

    name: str
    title: Words
    meaning: Words
    default: Default | None = None
    known: KnownValues | None = None
    """Values that the services know of, for the list of dashboards."""
    words: Mapping[str, Words] = field(default_factory=dict[str, Words])
    """Values that are always the same."""
    open: bool = False
    """Whether it takes other values than those listed."""
    same_as: str | None = None
    """An earlier filter whose value it has where it is not given."""


ValueKind = Literal["text", "number", "count", "money", "percent", "rate", "date", "month", "month_range"]
ColumnKind = Literal["text", "number", "count", "money", "percent", "date", "month_range", "target"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the report inside a sentence: ``field`` is its path, names joined by dots."""

    field: str
    kind: ValueKind = "text"


@dataclass(frozen=True, slots=True)
class Detail:
    """What a figure was computed from, told with its cell."""

    key: str
    title: Words
    field: str
    kind: ValueKind = "money"
    currency: str = "PLN"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``field`` is the path of its value in a row of the report, names joined by dots."""

    key: str
    title: Words
    meaning: Words
    kind: ColumnKind
    field: str
    unit: Words | None = None
    """Unit of all its values; without one they are in the unit of their row."""
    group: str | None = None
    """Key of the column group under whose header it stands."""
    title_by: ByState | None = None
    """The title where all rows of a group that show a value share one state; otherwise ``title`` stands."""
    base_by: ByState | None = None
    """What a percentage is of, told with every cell."""
    words_by: tuple[ByState, ...] = ()
    """Words to show instead of the value, by the first of these states that is found; they are filled from the row."""
    suffix_by: ByState | None = None
    """Words after the value, by a state of the row."""
    observed: bool = False
    """Whether the value is made of reports, so that it can be incomplete."""
    whole_bare: bool = False
    """Whether whole złote are shown without grosze, as some of the decks' tables do."""
    optional: bool = False
    """Left out of groups where no row has a value."""
    absent: Literal["missing", "not_applicable"] = "missing"
    """What it means that a row has no value: it is not known, or there is none."""
    share_of: str | None = None
    """Path of the figure of which this is a share: where that one is missing, so is this."""
    span_by: str | None = None
    """Path of what rows have in common that share one cell; it stands in the first of them and says over how many."""
    details: tuple[Detail, ...] = ()
    proof: str | None = None
    """Path of the address of what its figure is made of, where that differs from the row's."""
    notes: "tuple[Note, ...]" = ()
    """Sentences at its cells, one for each thing at a path of the row; said where a table's rows have different ones,
    so that each cell names its own."""


@dataclass(frozen=True, slots=True)
class ColumnGroup:
    """A header over several columns, which name it as their ``group``."""

    key: str
    title: Words


@dataclass(frozen=True, slots=True)
class Headings:
    """Titles that the report brings along: a list of things with a level, a code and a name."""

    field: str
    words: ByState


@dataclass(frozen=True, slots=True)
class Grouping:
    """How rows form tables: by fields whose joined values are the table's key and fill ``{group}`` of the title."""

    fields: tuple[str, ...]
    title: Words
    title_by: ByState | None = None
    """The title by a state of the table's first row, filled from that row."""
    headings: Headings | None = None
    """The title from the report, if it has one for the table's office."""
    untitled: Words | None = None
    """The title of rows that have nothing to fill it from."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a row says what it is. ``of_which`` precedes the name of a row that is a part of the one above it."""

    key: tuple[str, ...]
    name: str
    of_which: Words | None = None
    level: str | None = None
    kind: str | None = None
    """Whether it is one of the things listed, what belongs to none of them, or the total, which comes last."""
    title: str | None = None
    """Its name in full, where the table shows a code."""
    unit: str = "unit_of_measure"
    note: str = "change_note"
    proof: str = "proof"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence. ``at`` is where it stands: the section, each of its tables, or the key of a column or column group.

    With ``each`` it is said once for each thing at that path of the report, and filled from there; with nothing there
    it is not said.
    """

    text: Words
    at: str = "section"
    each: str | None = None
    text_by: ByState | None = None
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    mark: str | None = None
    alone: bool = False
    """Not said of several things: one mark would stand for them all."""


@dataclass(frozen=True, slots=True)
class CellNote:
    """Sentences at cells, one for each thing in a list of the report that names a row and a column.

    ``row`` is the name of the row's key in the thing, ``matches`` that of the same key in a row; the office is compared
    where the thing names one. ``{count}`` is how many there are, of which the first few are ``{listed}``.
    """

    each: str
    row: str
    matches: str
    column: str
    columns: Mapping[str, str]
    text_by: ByState
    listed: str
    """Path of a list in the thing whose members fill ``{listed}``, by their ``member``."""
    member: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a dashboard that is read from one report of one service.

    ``families`` are the kinds of data that the report depends on; ``{voivodeship}`` and ``{office}`` in one of them are
    filled from the filters ``territory`` and ``office``, and left out where the question is wider than one voivodeship.
    """

    key: str
    title: Words
    service: str
    report: str
    families: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Rows
    grouping: Grouping
    column_groups: tuple[ColumnGroup, ...] = ()
    notes: tuple[Note, ...] = ()
    cell_notes: tuple[CellNote, ...] = ()
    source_text: Words = Words("{text}", "{text}")
    """How a source of the report is written; ``{day}`` is its date."""
    source_mark: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Filter by parameter of the report, where they do not all have the same names: sections of one dashboard may be
    read as of different days."""
    listed_as: Words | None = None
    """The title without what is asked for."""

    def filter_of(self, parameter: str) -> str:
        """The filter that a parameter of the report is taken from."""
        return self.parameters.get(parameter, parameter)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What ``GET /v1/dashboards/{key}`` shows. ``{…}`` in the titles, its own and its sections', are filled from the
    filters; where one of these is not given, ``listed_as`` stands instead."""

    key: str
    title: Words
    filters: tuple[Filter, ...]
    sections: tuple[Section, ...] = field(default=())
    listed_as: Words | None = None
    """The title without what is asked for."""

    @property
    def list_title(self) -> Words:
        """The title where nothing is asked yet."""
        return self.listed_as or self.title

    @property
    def services(self) -> frozenset[str]:
        """The services whose reports it shows."""
        return frozenset(section.service for section in self.sections)


def titled(one: Dashboard | Section, filled: Mapping[str, str], language: Language) -> str:
    """The title of a dashboard or a section, with what is asked for where that is known."""
    words = one.title if one.title.filled_from(filled) else one.listed_as or one.title
    return words.of(language, **filled)
