"""API models of the organisations."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_calls.field_types import Name
from miernik_shared.external_ids import ExternalId
from miernik_shared.values.free_texts import Code

# Too short for a sentence, long enough for a number with hyphens, which is refused by its digits and not its length.
Digits = Annotated[str, StringConstraints(max_length=20), Code]
OrganisationKind = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z_]{1,15}$"), Code]


class OrganisationState(BaseModel):
    """Fields of an organisation, all of which may change."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    nip: Digits | None = Field(
        default=None,
        description="Ten digits, also as PL 856-734-62-15; kept as digits. Units of a gmina may share its NIP",
    )
    regon: Digits | None = Field(
        default=None,
        description="9 or 14 digits, also with hyphens or blanks; kept as digits. Of one organisation only",
    )
    krs: Digits | None = Field(default=None, description="Ten digits, zeros in front included")
    territory: Digits | None = Field(
        default=None,
        description=(
            "TERC of its seat: 2 digits of a voivodeship, 4 of a powiat, 6 of a gmina, or 7 with the kind of the gmina "
            "(1 urban, 2 rural, 3 urban-rural); kept as it was given"
        ),
        examples=["0463011"],
    )
    kind: OrganisationKind | None = Field(default=None, examples=["OPS", "NGO"])


class NewOrganisation(OrganisationState):
    """Organisation to register."""

    external_ids: list[ExternalId] = Field(default=[], max_length=50)


class Organisation(OrganisationState):
    """An applicant, beneficiary or partner (wnioskodawca, beneficjent, partner), current state."""

    id: UUID
    version: int
    external_ids: list[ExternalId] = []
