"""Shapes of the agreements' API."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_contracts.agreements.valuation import Action
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.decimal_text import Amount
from miernik_shared.values.free_texts import Identifier, NoPersonalNumber, Note, ShortText, ShownIdentifier
from miernik_shared.values.iso_dates import Day

AgreementKind = Literal["grant", "framework"]
AmendmentNumber = Annotated[str, StringConstraints(min_length=1, max_length=40), ShownIdentifier, NoPersonalNumber]


class NewAgreement(BaseModel):
    """An agreement as it was signed."""

    model_config = ConfigDict(extra="forbid")

    number: Identifier = Field(
        description="Number of the agreement, as the institution writes it", examples=["UDA-POKL.07.02.01-04-001/11-00"]
    )
    kind: AgreementKind = Field(description="grant: umowa o dofinansowanie; framework: umowa ramowa")
    application_id: UUID | None = Field(default=None, description="Id of the application, as in /v1/applications")
    node_id: UUID | None = Field(default=None, description="Required if the node of the application is not known")
    beneficiary: ShortText | None = None
    signed_on: Day
    value_pln: Amount
    note: Note | None = None
    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class NewAmendment(BaseModel):
    """An amendment (aneks): the value of the agreement from a day on."""

    model_config = ConfigDict(extra="forbid")

    amendment_number: AmendmentNumber = Field(examples=["-01"])
    effective_on: Day = Field(description="From the day of signing to today")
    value_pln: Amount
    note: Note | None = None


class NewTermination(BaseModel):
    """The termination of an agreement (rozwiązanie): from this day on it no longer counts."""

    model_config = ConfigDict(extra="forbid")

    effective_on: Day = Field(description="From the day of signing to today")
    note: Note | None = None


class NewAnnulment(BaseModel):
    """The annulment of a record made in error (unieważnienie wpisu)."""

    model_config = ConfigDict(extra="forbid")

    reason: Note = Field(description="Reason for the annulment", examples=["Pomyłka w dniu podpisania"])


class Agreement(BaseModel):
    """An agreement with all recorded versions in effect."""

    id: UUID
    office: str
    number: str
    kind: AgreementKind
    application_id: UUID | None
    node_id: UUID
    beneficiary: str | None
    signed_on: Day
    value_pln: Decimal = Field(
        description="With the last amendment in effect; if terminated or annulled, the last value"
    )
    terminated_on: Day | None
    annulled: bool = Field(description="Recorded in error: the agreement never counted on any day")
    version: int
    external_ids: list[ExternalId] = []


class AgreementVersion(BaseModel):
    """One version of an agreement, as it was recorded."""

    version: int
    action: Action
    amendment_number: str | None
    effective_on: Day
    value_pln: Decimal = Field(
        description="From that day on; of a termination or an annulment, the last value of the agreement"
    )
    beneficiary: str | None
    note: str | None = Field(description="Of an annulment, the reason")
    position: int
