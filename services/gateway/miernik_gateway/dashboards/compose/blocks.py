"""Blocks of a section besides tables: notes, texts, quotations, key figures and charts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, Unpack

from miernik_gateway.dashboards.catalogue.bilingual import Speaker
from miernik_gateway.dashboards.catalogue.dashboard import Block
from miernik_gateway.dashboards.compose.body import (
    ChartBody,
    KeyFigureBody,
    KeyFiguresBody,
    NoteBody,
    QuotationBody,
    TableReferenceBody,
    TextBody,
)
from miernik_gateway.dashboards.compose.cells import Absent, absent_cell, filled_cell
from miernik_gateway.dashboards.compose.headers import Column
from miernik_gateway.dashboards.compose.kinds import CellMembers, Kind
from miernik_gateway.dashboards.compose.table import Table

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Note(Block):
    """Sentence about the figures of a whole section."""

    text: str

    def body(self) -> NoteBody:
        """Return the note."""
        return NoteBody(text=self.text)


@dataclass(frozen=True, slots=True)
class Shortfall(Block):
    """Sentence on data that the figures of the section should contain and do not. Makes the section incomplete."""

    text: str

    def body(self) -> NoteBody:
        """Return the sentence."""
        return NoteBody(text=self.text)


@dataclass(frozen=True, slots=True)
class Text(Block):
    """Paragraphs between the figures."""

    paragraphs: Sequence[str]

    def body(self) -> TextBody:
        """Return the text."""
        return TextBody(kind="text", paragraphs=list(self.paragraphs))


@dataclass(frozen=True, slots=True)
class Quotation(Block):
    """Quotation, such as an answer of a respondent of a survey."""

    text: str
    author: str | None = None

    def body(self) -> QuotationBody:
        """Return the quotation."""
        return QuotationBody(kind="quotation", text=self.text, author=self.author)


@dataclass(frozen=True, slots=True)
class KeyFigures(Block):
    """Single figures, each with a title, that stand out from the tables."""

    say: Speaker
    figures: list[KeyFigureBody] = field(default_factory=list[KeyFigureBody])

    def put(
        self,
        kind: Kind[V],
        key: str,
        title: str,
        value: V | None,
        *,
        absent: Absent = "missing",
        **members: Unpack[CellMembers],
    ) -> None:
        """Add a figure."""
        language = self.say.language
        if value is None:
            cell = absent_cell(absent, language, **members)
        else:
            cell = filled_cell(kind, value, language, "ok", **members)
        self.figures.append(KeyFigureBody(key=key, title=title, kind=kind.name, figure=cell))

    def body(self) -> KeyFiguresBody:
        """Return the figures."""
        return KeyFiguresBody(kind="key_figures", figures=self.figures)


@dataclass(frozen=True, slots=True)
class Chart(Block):
    """Chart of columns of a table in the same section: ``category`` names its points, ``series`` has their values."""

    title: str
    form: Literal["bar", "line"]
    table: Table
    category: Column[Any]
    series: Sequence[Column[Any]]

    def body(self) -> ChartBody:
        """Return the chart, which names table and columns by their keys."""
        return ChartBody(
            kind="chart",
            title=self.title,
            form=self.form,
            table=self.table.key,
            category=self.category.key,
            series=[column.key for column in self.series],
        )


def table_reference(table: Table) -> TableReferenceBody:
    """Return the place of a table among the blocks of a section."""
    return TableReferenceBody(kind="table", table=table.key)
