"""Shapes of the reports. Decimals are strings; ``null`` means unknown, never 0."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_contracts.rates.schemas import RateInForce
from miernik_shared.values.iso_dates import Day, Instant

RowKind = Literal["node", "unassigned", "programme_total", "total"]
"""``programme_total`` stands for each programme of an office that has several: their shares are never added."""


class Cell(BaseModel):
    """Number of applications or agreements, and their total value."""

    number: int | None
    value_pln: Decimal | None


class RecommendedCell(Cell):
    """Applications recommended for signing.

    A row may have no such cell, since applicants named by the programme are never recommended.
    """

    proof: str | None = Field(
        description="Address of the list of these applications; null where the row has no such cell"
    )


class Share(BaseModel):
    """Contracted share of an allocation (% kontraktacji); it may exceed 100."""

    percentage: Decimal | None
    contracted_pln: Decimal | None
    allocation_eur: Decimal | None
    allocation_pln: Decimal | None


class Heading(BaseModel):
    """Heading above rows: a priority, or the root of a tree without priorities."""

    office: str
    level: str
    code: str
    name: str


class UsedRate(RateInForce):
    """Rate with which shares are computed."""

    offices: list[str] = Field(description="Offices whose shares are computed with the rate")


class Note(BaseModel):
    """Reason for a missing figure."""

    code: str
    text: str
    office: str
    node_id: UUID | None


class Source(BaseModel):
    """Origin of a column in the rows of an office."""

    office: str
    column: str
    text: str
    date: Day


class ContractingRow(BaseModel):
    """One row of the table; `share` is the same in each row of a measure."""

    office: str
    node_id: UUID | None
    code: str | None
    level: str | None
    name: str | None
    measure: str | None
    measure_name: str | None
    directly_on: str | None = Field(
        description="Level of a node with nodes below it: the row counts the figures of the node itself only"
    )
    kind: RowKind
    agreement_kind: Literal["grant", "framework"] | None
    signed: Cell
    recommended: RecommendedCell
    complete: bool = Field(description="False if a figure of the row is unknown")
    share: Share | None
    rates: list[RateInForce] = Field(description="Rates with which the share is computed; empty if it is unknown")
    proof: str | None = Field(description="Address of the list of the row's agreements")


class ContractingReport(BaseModel):
    """Financial progress (postęp finansowy) on a day, as known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    headings: list[Heading]
    rows: list[ContractingRow]
    rate: UsedRate | None = Field(description="Rate of all shares; null if they have several")
    rates: list[UsedRate] = Field(description="Rates of the shares, if they have several")
    sources: list[Source]
    notes: list[Note]


class ReconciliationRow(BaseModel):
    """Accepted = signed + recommended + difference, of a node or in total."""

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
    reconciled: bool = Field(description="True if the sums agree and no difference is listed")


Reason = Literal[
    "signed_value_differs", "withdrawn_after_acceptance", "rejected_after_acceptance", "agreement_terminated",
    "application_annulled", "signed_without_acceptance", "signed_on_other_node",
]  # fmt: skip


class Reference(BaseModel):
    """An application or an agreement by id and number; the number is null until it is replicated from calls."""

    id: UUID
    number: str | None


class Difference(BaseModel):
    """An application or agreement that leaves its node unreconciled, with the reason."""

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
    """Reconciliation of accepted with signed and recommended by node, and the differences."""

    as_of: Day
    known_at: Instant | None
    position: int
    office: str
    rows: list[ReconciliationRow]
    differences: list[Difference]
    difference_count: int = Field(description="Number of all differences; the list shows the first of them")


class BoundsOffice(BaseModel):
    """An office with figures or a programme."""

    code: str
    name: str | None


class BoundsMeasure(BaseModel):
    """A measure of an office's programme."""

    code: str
    name: str
    office: str


class ReportBounds(BaseModel):
    """Filter values of a report: days, offices and measures. Both days are null if it has no figures."""

    first_on: Day | None
    last_on: Day | None
    offices: list[BoundsOffice]
    measures: list[BoundsMeasure]
    years: list[int]
    position: int


class RecommendedApplication(BaseModel):
    """An application that is accepted and neither signed nor withdrawn nor rejected."""

    id: UUID = Field(description="Id of the application, as in /v1/applications")
    office: str
    number: str
    node_id: UUID | None
    code: str | None = Field(description="Code of the node on the day of the list; null if the application has no node")
    accepted_on: Day
    accepted_value_pln: Decimal
