"""Report of the calls for proposals, as far as the gateway reads it."""

from datetime import date as Day
from decimal import Decimal

from pydantic import BaseModel, Field

from miernik_gateway.dashboards.catalogue.dashboard import OfficeReport, Source


class CallApplications(BaseModel, frozen=True):
    """Applications submitted in a call, and the sum of their values."""

    number: int
    value_pln: Decimal


class PlannedSigning(BaseModel, frozen=True):
    """First and last month in which agreements are planned to be signed, as ``2011-12``."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")


class CallRow(BaseModel, frozen=True):
    """Call for proposals."""

    office: str
    call_id: str
    code: str | None
    level: str | None
    node_name: str | None
    number: str | None
    title: str
    theme: str | None
    project_type: str | None
    kind: str
    closes_on: Day | None
    budget_pln: Decimal | None
    applications: CallApplications | None
    planned_signing: PlannedSigning | None
    proof: str


class UndatedCalls(BaseModel, frozen=True):
    """Number of calls of an office that belong to no year, because they have no date."""

    office: str
    number: int


class CallReport(OfficeReport, frozen=True):
    """Calls for proposals on a day."""

    rows: list[CallRow]
    undated: list[UndatedCalls]


CALL_REPORT = Source("calls", "/v1/reports/calls", CallReport, families=("programme", "calls", "applications:{office}"))
