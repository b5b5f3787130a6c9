"""Shapes of the reports. Decimals are strings; ``null`` means that nothing is known, never 0."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_contracts.rates.schemas import RateInForce
from miernik_shared.values.iso_dates import Day, Instant

RowKind = Literal["node", "unassigned", "total"]


class Cell(BaseModel):
    """A number of things and their value."""

    number: int | None
    value_pln: Decimal | None


class RecommendedCell(Cell):
    """Applications recommended for signing; whoever is named by the programme is never recommended, so that a row may
    have no such cell."""

    proof: str | None = Field(description="Address of the applications behind it; null where there is no such cell")


class Share(BaseModel):
    """How much of an allocation is contracted (% kontraktacji); over 100 is legal."""

    percentage: Decimal | None
    contracted_pln: Decimal | None
    allocation_eur: Decimal | None
    allocation_pln: Decimal | None


class Heading(BaseModel):
    """What stands above the rows: a priority, or the top of a tree that has none."""

    office: str
    level: str
    code: str
    name: str


class UsedRate(RateInForce):
    """A rate that shares are computed by."""

    offices: list[str] = Field(description="Offices whose shares are computed by it")


class Note(BaseModel):
    """Why a figure is missing."""

    code: str
    text: str
    office: str
    node_id: UUID | None


class Source(BaseModel):
    """Where a column of an office's rows comes from."""

    office: str
    column: str
    text: str
    date: Day


class ContractingRow(BaseModel):
    """One row of the table; ``share`` is the same object in each row of a measure."""

    office: str
    node_id: UUID | None
    code: str | None
    level: str | None
    name: str | None
    measure: str | None
    measure_name: str | None
    directly_on: str | None = Field(
        description="Level of a node that has nodes below it: the row is only of what hangs on the node itself"
    )
    kind: RowKind
    agreement_kind: Literal["grant", "framework"] | None
    signed: Cell
    recommended: RecommendedCell
    complete: bool = Field(description="False where a part of the row is not known")
    share: Share | None
    rates: list[RateInForce] = Field(description="The rates that its share is computed by; empty where it is not")
    proof: str | None = Field(description="Address of the agreements behind the row")


class ContractingReport(BaseModel):
    """Financial progress (postęp finansowy) on a day, as known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    headings: list[Heading]
    rows: list[ContractingRow]
    rate: UsedRate | None = Field(description="The rate of all shares; null where they differ")
    rates: list[UsedRate] = Field(description="The rates, where they differ")
    sources: list[Source]
    notes: list[Note]


class ReconciliationRow(BaseModel):
    """Accepted = signed + recommended + difference, for a node or in all."""

    office: str
    node_id: UUID | None
    code: str | None
    level: str | None
    name: str | None
    kind: RowKind
    accepted: Cell
    signed: Cell
    recommended: Cell
    difference: Cell
    reconciled: bool = Field(description="True where the sums agree and nothing is listed as a difference")


Reason = Literal[
    "signed_value_differs", "withdrawn_after_acceptance", "rejected_after_acceptance", "agreement_terminated",
    "signed_without_acceptance", "signed_on_other_node",
]  # fmt: skip


class Reference(BaseModel):
    """An application or an agreement by id and number; the number is null while calls has not told it."""

    id: UUID
    number: str | None


class Difference(BaseModel):
    """One application or agreement that keeps a node from being reconciled, and why."""

    office: str
    node_id: UUID | None
    code: str | None
    reason: Reason
    application: Reference | None
    agreement: Reference | None
    accepted_value_pln: Decimal | None
    signed_value_pln: Decimal | None
    difference: Cell


class ReconciliationReport(BaseModel):
    """Whether what was accepted is signed or recommended, node by node, and what is not."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    rows: list[ReconciliationRow]
    differences: list[Difference]
    difference_count: int = Field(description="How many there are; the list shows the first of them")


class BoundsOffice(BaseModel):
    """An office that the report has something of."""

    code: str
    name: str | None


class BoundsMeasure(BaseModel):
    """A measure of an office's programme."""

    code: str
    name: str
    office: str


class ReportBounds(BaseModel):
    """What can be asked of a report; both days are null while there is nothing."""

    first_on: Day | None
    last_on: Day | None
    offices: list[BoundsOffice]
    measures: list[BoundsMeasure]
    years: list[int]
    position: int


class RecommendedApplication(BaseModel):
    """An application that is accepted and neither signed nor given up."""

    id: UUID = Field(description="Id of the application, as in /v1/applications")
    office: str
    number: str
    node_id: UUID | None
    code: str | None = Field(description="Code of the node on the day asked for; null where it belongs to none")
    accepted_on: Day
    accepted_value_pln: Decimal
