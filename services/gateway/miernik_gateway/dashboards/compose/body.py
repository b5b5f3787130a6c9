"""Body of a dashboard, independent of its rendering."""

from datetime import date as Day
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SerializeAsAny

from miernik_gateway.dashboards.catalogue.dashboard import SectionStatus

ShownStatus = SectionStatus | Literal["incomplete"]
CellStatus = Literal["ok", "missing", "incomplete", "not_applicable", "withheld"]
ColumnKind = Literal["text", "number", "count", "money", "percent", "date", "month_range", "target"]


class EarmarkedBody(BaseModel):
    """A part of a target that is set aside for a purpose."""

    value: str
    display: str
    label: str


class DetailBody(BaseModel):
    """Amount or value from which a figure was computed."""

    key: str
    title: str
    value: str | None
    display: str


class CellBody(BaseModel):
    """Figure. ``value`` is exact, or null if it is missing, not applicable or withheld: none of them is 0.

    A ``withheld`` value would reveal another unit's to this reader; ``notes`` has the reason.

    ``proof`` is the address of the data behind the figure, if it differs from that of the row. A cell with
    ``row_span`` covers that many rows, beginning with its own; the rows below it have no cell in its column. A figure
    made of returns says how many units owe it for the newest period (``owing``; null if that is not known), how many
    gave it for any period (``given``) and how many of those that owe gave it for the newest one (``given_for_period``).
    """

    value: str | None
    display: str
    status: CellStatus
    base: str | None = None
    base_title: str | None = None
    target_status: str | None = None
    effective_on: Day | None = None
    earmarked: EarmarkedBody | None = None
    reported: int | None = None
    missing: int | None = None
    owing: int | None = None
    given: int | None = None
    given_for_period: int | None = None
    row_span: int | None = None
    details: list[DetailBody] = []
    notes: list[str] = []
    proof: str | None = None


class NoteBody(BaseModel):
    """Sentence about a table or a part of it; ``mark`` is the reference sign, such as ``*``."""

    text: str
    mark: str | None = None


class SourceBody(BaseModel):
    """Source of figures."""

    text: str
    date: Day | None
    mark: str | None = None


class ColumnGroupBody(BaseModel):
    """Header over several columns, named by their keys. Its sources apply to these columns only."""

    key: str
    title: str
    columns: list[str]
    notes: list[NoteBody] = []
    sources: list[SourceBody] = []


class ColumnBody(BaseModel):
    """Heading of a column."""

    key: str
    title: str
    meaning: str
    kind: ColumnKind
    unit: str | None
    group: str | None = None
    notes: list[NoteBody] = []
    sources: list[SourceBody] = []


class RowBody(BaseModel):
    """Row. With ``level`` 1 it is a part of the row above it. ``proof`` is the address of the data behind its figures.

    ``kind`` distinguishes totals and unassigned data from listed items; ``title`` is the full name of a row that is
    shown by its code.
    """

    key: str
    level: int
    unit: str | None
    cells: dict[str, CellBody]
    note: str | None
    proof: str | None
    kind: str | None = None
    title: str | None = None


class GroupBody(BaseModel):
    """Table of a section."""

    key: str
    title: str
    columns: list[ColumnBody]
    rows: list[RowBody]
    sources: list[SourceBody]
    column_groups: list[ColumnGroupBody] = []
    notes: list[NoteBody] = []


class SectionBody(BaseModel):
    """Section. ``notice`` is the reason if it is not ``ok`` or empty; ``as_of_instant`` is the time of stale data.

    It is ``incomplete`` if data that its figures should contain were not given.
    """

    key: str
    title: str
    status: ShownStatus
    territory: dict[str, Any] | None
    groups: list[GroupBody]
    notes: list[str]
    as_of: Day | None = None
    """Reference day of the figures; it may differ between sections."""
    office: str | None = None
    notice: str | None = None
    as_of_instant: datetime | None = None
    position: int | None = None


class TableReferenceBody(BaseModel):
    """The table of ``groups`` with this key."""

    kind: Literal["table"]
    table: str


class TextBody(BaseModel):
    """Paragraphs between the figures."""

    kind: Literal["text"]
    paragraphs: list[str]


class QuotationBody(BaseModel):
    """Quotation, with its author where known."""

    kind: Literal["quotation"]
    text: str
    author: str | None


class KeyFigureBody(BaseModel):
    """Figure with its title."""

    key: str
    title: str
    kind: ColumnKind
    figure: CellBody


class KeyFiguresBody(BaseModel):
    """Key figures, shown apart from the tables."""

    kind: Literal["key_figures"]
    figures: list[KeyFigureBody]


class ChartBody(BaseModel):
    """A chart of a table of ``groups``.

    ``category`` is the column that names its points, ``series`` are those that have its values.
    """

    kind: Literal["chart"]
    title: str
    form: Literal["bar", "line"]
    table: str
    category: str
    series: list[str]


BlockBody = Annotated[
    TableReferenceBody | TextBody | QuotationBody | KeyFiguresBody | ChartBody, Field(discriminator="kind")
]


class SectionWithBlocksBody(SectionBody):
    """Section with more than tables. ``blocks`` is its whole content in order."""

    blocks: list[BlockBody] = []


class DashboardBody(BaseModel):
    """Dashboard. ``positions`` identifies a past state of knowledge and is absent for the present."""

    dashboard: str
    title: str
    language: str
    filters: dict[str, str | None]
    sections: list[SerializeAsAny[SectionBody]]
    positions: dict[str, int] | None = None
