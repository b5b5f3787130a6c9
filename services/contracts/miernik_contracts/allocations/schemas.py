"""Shapes of the allocations' API."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from miernik_contracts.rates.rules import RateSource
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.decimal_text import AmountOrNothing
from miernik_shared.values.free_texts import Code, Note
from miernik_shared.values.iso_dates import Day


class AllocationState(BaseModel):
    """Fields of an allocation that a revision may change."""

    model_config = ConfigDict(extra="forbid")

    amount_eur: AmountOrNothing
    rate_source: RateSource = Field(description="Source of the rate for the conversion into PLN")
    effective_on: Day = Field(description="First day of the amount, which holds until a revision with a later day")
    note: Note | None = Field(default=None, description="Legal basis, such as an agreement or a resolution")


class NewAllocation(AllocationState):
    """An allocation as it is granted. Node and territory never change."""

    node_id: UUID = Field(description="Id of a node of the programme tree")
    territory: Annotated[str, Code] | None = Field(
        default=None,
        description="TERC code of the territory, if the allocation is a share of one",
        examples=["3214022"],
    )
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class Allocation(BaseModel):
    """An allocation (alokacja) by its latest revision."""

    id: UUID
    node_id: UUID
    office: str
    territory: str | None
    revision: int
    amount_eur: Decimal
    rate_source: RateSource
    effective_on: Day
    note: str | None
    external_ids: list[ExternalId] = []


class Revision(BaseModel):
    """One revision of an allocation."""

    revision: int
    amount_eur: Decimal
    rate_source: RateSource
    effective_on: Day
    note: str | None
    position: int


class AllocationDetail(Allocation):
    """An allocation with all of its revisions, oldest first."""

    revisions: list[Revision]
