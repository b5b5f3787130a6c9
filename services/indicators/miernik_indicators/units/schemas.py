"""API models of the reporting units."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_shared.external_ids import ExternalId
from miernik_shared.values.free_texts import Code, NoPersonalNumber, ShortText
from miernik_shared.values.iso_dates import Day

UnitKind = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,15}$"), Code]
UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$"), Code, NoPersonalNumber]


class UnitState(BaseModel):
    """Attributes of a unit that may change."""

    model_config = ConfigDict(extra="forbid")

    name: ShortText
    nip: Annotated[str, StringConstraints(pattern=r"^\d{10}$"), Code] | None = None
    regon: Annotated[str, StringConstraints(pattern=r"^(\d{9}|\d{14})$"), Code] | None = None
    active_from: Day = date(1999, 1, 1)
    active_to: Day | None = None


class NewUnit(UnitState):
    """New unit. Kind, code and territory never change: a unit that moves is registered as a new one."""

    kind: UnitKind = Field(examples=["OPS"])
    code: UnitCode | None = Field(default=None, description="Default: kind and territory, as in OPS-040201")
    territory: Annotated[str, Code] = Field(
        description="TERC of the gmina, powiat or voivodeship", examples=["0402011"]
    )
    external_ids: list[ExternalId] = []


class Unit(UnitState):
    """Reporting unit (jednostka sprawozdawcza) in its latest version."""

    id: UUID
    code: str
    kind: str
    territory: str
    version: int
    external_ids: list[ExternalId] = []
