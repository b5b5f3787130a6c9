"""Shape of the applications recommended for signing."""

from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.values.iso_dates import Day


class RecommendedApplication(BaseModel):
    """An application that is accepted and neither signed nor given up."""

    id: UUID = Field(description="Id of the application, as in /v1/applications")
    office: str
    number: str
    node_id: UUID | None
    code: str | None = Field(description="Code of the node on the day asked for; null where it belongs to none")
    accepted_on: Day
    accepted_value_pln: Decimal
