"""API models of the applications. Amounts are in PLN by law, as decimal strings; ``null`` means not reached."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_calls.applications.version_columns import LONGEST_NUMBER, Stage
from miernik_calls.field_types import Name
from miernik_calls.programme.schemas import NodeCode
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.decimal_text import AmountOrNothing
from miernik_shared.values.free_texts import NoPersonalNumber, Note, ShownIdentifier
from miernik_shared.values.iso_dates import Day, Instant
from miernik_shared.values.offices import Office
from miernik_shared.web.findings import Finding

ApplicationNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_NUMBER), ShownIdentifier, NoPersonalNumber
]
Step = Literal[Stage, "withdrawn", "rejected"]


class ApplicationState(BaseModel):
    """One whole state of an application: where it belongs, and the day and value of each stage that it reached."""

    model_config = ConfigDict(extra="forbid")

    node: NodeCode | None = Field(
        default=None,
        description="Code of the measure or sub-measure in its office; without one, that of its call",
        examples=["7.2.1"],
    )
    call: UUID | None = Field(default=None, description="Id of the call that it answers")
    organisation: UUID | None = Field(default=None, description="Id of the applicant")
    title: Name | None = None
    submitted_on: Day | None = None
    submitted_value_pln: AmountOrNothing | None = None
    formally_positive_on: Day | None = None
    formally_positive_value_pln: AmountOrNothing | None = None
    accepted_on: Day | None = None
    accepted_value_pln: AmountOrNothing | None = None
    withdrawn_on: Day | None = None
    rejected_on: Day | None = None


class NewApplication(ApplicationState):
    """Application to register. Its office and number never change."""

    office: Office | None = Field(default=None, description="TERYT code of the voivodeship; the home one by default")
    number: ApplicationNumber = Field(description="Unique in the office", examples=["WND-POKL.07.02.01-04-001/11"])
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class Application(ApplicationState):
    """A grant application (wniosek o dofinansowanie), current state; ``findings`` are its warnings."""

    id: UUID
    office: str
    number: str
    node_id: UUID | None
    call_number: str | None
    annulled: bool = Field(description="Recorded in error: the application never counted on any day")
    version: int
    external_ids: list[ExternalId] = []
    findings: list[Finding] = []


class ApplicationVersion(ApplicationState):
    """A version of an application and when it was recorded; ``import_id`` names the list it came from."""

    version: int
    annulled: bool = Field(description="The version annuls the application")
    restored_version: int | None = Field(
        description="Version whose state this one restores, because the list that had changed it was annulled"
    )
    reason: str | None = Field(description="Reason of the annulment, of the application or of the list")
    import_id: UUID | None
    position: int
    at: Instant


class NewAnnulment(BaseModel):
    """The annulment of a record made in error (unieważnienie wpisu)."""

    model_config = ConfigDict(extra="forbid")

    reason: Note = Field(description="Reason for the annulment", examples=["Wniosek wpisano dwa razy"])


class NewStage(BaseModel):
    """A stage that an application reached, or its end (withdrawn, rejected), which has no value."""

    model_config = ConfigDict(extra="forbid")

    stage: Step
    effective_on: Day
    value_pln: AmountOrNothing | None = None
