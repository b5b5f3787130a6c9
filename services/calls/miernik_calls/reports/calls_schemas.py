"""API models of the report of the calls. Decimals are strings; ``null`` means unknown, never 0."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_calls.calls.schemas import CallKind
from miernik_calls.programme.rules import Level
from miernik_calls.reports.nodes import Heading
from miernik_shared.values.iso_dates import Day, Instant


class CallApplications(BaseModel):
    """Applications submitted in a call up to the report's day."""

    number: int
    value_pln: Decimal


class PlannedSigning(BaseModel):
    """First and last month in which agreements are planned to be signed; equal for a single month."""

    first: str = Field(alias="from", examples=["2011-12"])
    last: str = Field(alias="to", examples=["2012-01"])


class CallRow(BaseModel):
    """Row of the report: one call."""

    call_id: UUID
    office: str
    node_id: UUID | None
    code: str | None
    node_name: str | None
    level: Level | None
    number: str | None
    title: str
    theme: str | None
    project_type: str | None
    kind: CallKind
    announced_on: Day | None
    closes_on: Day | None
    budget_pln: Decimal | None
    applications: CallApplications | None
    planned_signing: PlannedSigning | None
    proof: str = Field(description="Address of the applications behind the figures")


class UndatedCalls(BaseModel):
    """Calls of an office that belong to no year, because none of their dates is known."""

    office: str
    number: int


class CallReport(BaseModel):
    """Calls for proposals (konkursy) on a day, as known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    year: int | None
    undated: list[UndatedCalls] = Field(description="Calls that a year leaves out; without `year` they are rows")
    headings: list[Heading]
    rows: list[CallRow]
