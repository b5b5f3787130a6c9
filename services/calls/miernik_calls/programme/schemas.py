"""API models of the programme tree."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_calls.field_types import Name
from miernik_calls.programme.rules import Level
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.free_texts import Code, NoPersonalNumber
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office

NodeCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"), Code, NoPersonalNumber]
SelectionMode = Literal["systemic", "competitive"]


class SourceNote(BaseModel):
    """Note that the office prints under a group of columns of its tables."""

    model_config = ConfigDict(extra="forbid")

    column: Literal["submitted", "formally_positive", "accepted"]
    text: Name = Field(examples=["Dane na podstawie KSI SIMIK"])


class ProgrammeNodeState(BaseModel):
    """Fields of a node that may change."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    selection_mode: SelectionMode | None = Field(
        default=None, description="systemic: named beneficiaries; competitive: by calls (tryb wyboru projektów)"
    )
    source_notes: list[SourceNote] = Field(default=[], max_length=20)
    valid_from: Day


class NewProgrammeNode(ProgrammeNodeState):
    """Node to define. Office, level, code and parent never change: figures are summed under them."""

    office: Office | None = Field(default=None, description="TERYT code of the voivodeship; the home one by default")
    level: Level
    code: NodeCode = Field(examples=["7.2.1"])
    parent: NodeCode | None = Field(
        default=None, description="Code of the parent in the same office; a sub-measure needs one"
    )
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class ProgrammeNode(ProgrammeNodeState):
    """A programme, priority, measure or sub-measure (program, priorytet, działanie, poddziałanie), current state."""

    id: UUID
    office: str
    level: Level
    code: str
    parent: str | None
    parent_id: UUID | None
    version: int
    external_ids: list[ExternalId] = []
