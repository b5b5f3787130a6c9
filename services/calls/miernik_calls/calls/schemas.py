"""API models of the calls. Amounts are in PLN by law, as decimal strings; ``null`` means unknown."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_calls.field_types import Name
from miernik_calls.programme.schemas import NodeCode
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.decimal_text import AmountOrNothing
from miernik_shared.values.free_texts import Identifier
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office

CallKind = Literal["closed", "open", "systemic"]
Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]


class CallState(BaseModel):
    """Fields of a call that may change."""

    model_config = ConfigDict(extra="forbid")

    node: NodeCode | None = Field(
        default=None,
        description="Code of the priority, measure or sub-measure; may be decided later",
        examples=["7.2.1"],
    )
    number: Identifier | None = Field(
        default=None, description="As the institution writes it; unique in the office", examples=["1/7.2.2/POKL/2011"]
    )
    title: Name = Field(examples=["Pierwszy konkurs zamknięty"])
    theme: Name | None = Field(default=None, examples=["na projekty wspierające osoby niepełnosprawne"])
    project_type: Name | None = Field(
        default=None,
        description="Type of the projects asked for (typ projektu)",
        examples=["Rozwój nowych form i metod wsparcia indywidualnego i środowiskowego"],
    )
    kind: CallKind
    announced_on: Day | None = None
    closes_on: Day | None = None
    budget_pln: AmountOrNothing | None = None
    planned_signing_from: Month | None = Field(default=None, examples=["2011-12"])
    planned_signing_to: Month | None = Field(default=None, description="Last month of a range; the first by default")
    applications_complete: bool = Field(
        default=False, description="Whether the list of applications is complete, so that none means 0 and not unknown"
    )
    valid_from: Day = Field(description="Day from which the call stood like this")


class NewCall(CallState):
    """Call to announce. Its office never changes."""

    office: Office | None = Field(default=None, description="TERYT code of the voivodeship; the home one by default")
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class Call(CallState):
    """A call for proposals (konkurs, nabór), current state."""

    id: UUID
    office: str
    node_id: UUID | None
    version: int
    external_ids: list[ExternalId] = []
