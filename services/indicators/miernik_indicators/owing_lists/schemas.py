"""API models of the owing units and of the lists of them."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from miernik_indicators.units.schemas import UnitCode

MOST_UNITS = 5_000


class OwingListState(BaseModel):
    """Units that owe a return. The list replaces the former one of the period."""

    model_config = ConfigDict(extra="forbid")

    units: Annotated[list[UnitCode], Field(max_length=MOST_UNITS)] = Field(
        description="Codes of the units; an empty list says that none owes the return", examples=[["OPS-040201"]]
    )


class OwingList(OwingListState):
    """List of a form and period in its latest version, its units in order of their codes."""

    form: str
    period: str = Field(examples=["2011-H1"])
    version: int


class OwingUnit(BaseModel):
    """Unit that owes a return (jednostka zobowiązana do złożenia sprawozdania)."""

    id: UUID
    unit: str = Field(description="Code of the unit", examples=["OPS-040201"])
    name: str
    territory: str
    given: bool = Field(description="Whether an accepted return has figures of the unit for the period")
