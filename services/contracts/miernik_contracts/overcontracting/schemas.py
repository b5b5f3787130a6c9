"""Shapes of the over-contracting decisions' API."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from miernik_contracts.money import Percent
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.free_texts import Identifier
from miernik_shared.values.iso_dates import Day


class NewDecision(BaseModel):
    """A decision of the institution for one node of the programme; `valid_to` is its last day."""

    model_config = ConfigDict(extra="forbid")

    node_id: UUID
    limit_percent: Percent = Field(
        description="Limit of commitments in percent of the node's allocation in PLN", examples=["105.00"]
    )
    number: Identifier = Field(examples=["VII/12/2011"])
    decided_on: Day = Field(description="Day of the decision, today at the latest")
    valid_from: Day | None = Field(default=None, description="Not before the day of the decision, which is the default")
    valid_to: Day | None = Field(default=None, description="Last day of validity; by default until further notice")
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class Decision(BaseModel):
    """A recorded decision."""

    id: UUID
    node_id: UUID
    office: str
    limit_percent: Decimal
    number: str
    decided_on: Day
    valid_from: Day | None
    valid_to: Day | None
    external_ids: list[ExternalId] = []
