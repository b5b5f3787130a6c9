"""API models of the report of the applications. ``null`` means unknown, never 0."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_calls.applications.version_columns import Stage
from miernik_calls.programme.rules import Level
from miernik_calls.reports.nodes import Heading
from miernik_shared.values.iso_dates import Day, Instant


class StageCell(BaseModel):
    """Applications that reached a stage by the day, and the sum of their values at that stage."""

    number: int | None
    value_pln: Decimal | None
    proof: str = Field(description="Address of the applications that it counts")


class PipelineRow(BaseModel):
    """Measure or sub-measure, applications without one (nieprzypisane), or the total (OGÓŁEM) of an office."""

    office: str
    kind: Literal["node", "unassigned", "total"]
    node_id: UUID | None
    code: str | None
    level: Level | None
    name: str | None
    measure: str | None = Field(description="Code of the measure that the row is or belongs to")
    directly_on: Level | None = Field(
        description="Level of a node that has nodes below it: the row counts only applications of the node itself"
    )
    complete: bool = Field(description="False where nothing is known, and for a total with an unknown row")
    submitted: StageCell
    formally_positive: StageCell
    accepted: StageCell
    proof: str = Field(description="Address of the applications of the row")


class PipelineSource(BaseModel):
    """Source of the figures of a group of columns, and the day of the figures."""

    office: str
    column: Stage
    text: str
    date: Day


class NamedApplication(BaseModel):
    """An application that a finding is about."""

    id: UUID
    number: str


class PipelineFinding(BaseModel):
    """Unusual values among the applications of a node; at most 100 applications are named."""

    code: Literal["value_above_earlier_stage"]
    office: str
    node: UUID | None = Field(description="Id of the node; null for applications of none")
    stage: Stage
    count: int
    applications: list[NamedApplication]


class PipelineReport(BaseModel):
    """Applying for funds (proces aplikowania o środki): cumulative values on a day, as known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    headings: list[Heading]
    rows: list[PipelineRow]
    sources: list[PipelineSource]
    findings: list[PipelineFinding]
