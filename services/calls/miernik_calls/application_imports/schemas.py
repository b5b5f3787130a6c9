"""API models of lists of applications."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.confirmations import ConfirmedFinding, UnconfirmedKind
from miernik_shared.values.iso_dates import Instant
from miernik_shared.web.findings import Finding
from miernik_shared.web.readings import READING, Reading

Outcome = Literal["accepted", "accepted_with_warnings", "partially_accepted", "unchanged", "unconfirmed", "rejected"]


class ImportResult(BaseModel):
    """Outcome of a list of applications.

    ``rows`` = created + changed + unchanged + refused. Of a rejected list only its counts and findings are stored, of a
    dry run nothing: its ``id`` is null.
    """

    id: UUID | None = Field(description="Id of the receipt; null for a dry run, and where nothing is new or refused")
    outcome: Outcome = Field(
        description="`unconfirmed` in a dry run: without the tokens of its findings the list would be refused"
    )
    office: str
    dry_run: bool
    replayed: bool = Field(description="The office's latest list was sent again: it was not validated again")
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    findings: int
    first_findings: list[Finding] = Field(description="`findings` counts all, the link lists them; a dry run has all")
    reading: Reading | None = Field(description=READING)
    confirmations: list[UnconfirmedKind] = Field(description="Of a dry run: kinds of values that need a confirmation")
    confirmed: list[ConfirmedFinding] = Field(description="Unlikely values that the sender confirmed")
    links: dict[str, str]


class ListAnnulment(BaseModel):
    """Annulment of a list that was imported in error (unieważnienie listy)."""

    reason: str
    annulled: int = Field(description="Applications that the list had created and that were annulled with it")
    restored: int = Field(description="Applications that the list had changed and that have their former state again")
    annulled_at: Instant


class ImportReceipt(BaseModel):
    """An imported list of applications, or an attempt, which changed no application."""

    id: UUID
    office: str
    outcome: Literal["accepted", "accepted_with_warnings", "partially_accepted", "rejected"]
    partial: bool
    media_type: str
    sha256: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    findings: int
    received_at: Instant
    annulled: bool = Field(description="Recorded in error: nothing of the list counts any longer")
    annulment: ListAnnulment | None
    position: int
    reading: Reading | None = Field(description=READING)
    confirmed: list[ConfirmedFinding] = Field(description="Unlikely values that the sender confirmed")
    links: dict[str, str]
