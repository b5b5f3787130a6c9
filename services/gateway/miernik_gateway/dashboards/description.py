"""How a dashboard is described: its sections, columns, groups, notes and sources, with the words in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter of the query. ``default`` is made explicit before anything is asked or kept."""

    name: str
    title: Words
    meaning: Words
    default: Literal["today", "home_voivodeship"] | None = None


ColumnKind = Literal["text", "number", "percent", "target"]


@dataclass(frozen=True, slots=True)
class ByState:
    """Words that depend on a state found in the rows: ``field`` is where, ``words`` by what is found there."""

    field: str
    words: Mapping[str, Words]


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
    title_by: ByState | None = None
    """The title where all rows of a group that show a value share one state; otherwise ``title`` stands."""
    base_by: ByState | None = None
    """What a percentage is of, told with every cell."""
    observed: bool = False
    """Whether the value is made of reports, so that it can be incomplete."""
    optional: bool = False
    """Left out of groups where no row has a value."""
    absent: Literal["missing", "not_applicable"] = "missing"
    """What it means that a row has no value: it is not known, or there is none."""
    share_of: str | None = None
    """Path of the figure of which this is a share: where that one is missing, so is this."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """How rows form tables: by a field whose value fills ``{group}`` of the title."""

    field: str
    title: Words


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a row says what it is. ``of_which`` precedes the name of a row that is a part of the one above it."""

    key: tuple[str, ...]
    name: str
    of_which: Words
    level: str = "level"
    unit: str = "unit_of_measure"
    note: str = "change_note"
    proof: str = "proof"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a dashboard that is read from one report of one service.

    ``families`` are the kinds of data that the report depends on; ``{voivodeship}`` in one of them is filled from the
    territory asked for, and the part is left out where the question is wider than one voivodeship.
    """

    key: str
    title: Words
    service: str
    report: str
    families: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Rows
    grouping: Grouping
    notes: tuple[Words, ...] = ()
    sources: str = "sources"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What ``GET /v1/dashboards/{key}`` shows."""

    key: str
    title: Words
    filters: tuple[Filter, ...]
    sections: tuple[Section, ...] = field(default=())

    @property
    def services(self) -> frozenset[str]:
        """The services whose reports it shows."""
        return frozenset(section.service for section in self.sections)
