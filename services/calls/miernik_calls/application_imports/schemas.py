"""Shapes of the API of lists of applications."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.values.written_days import Instant
from miernik_shared.web.findings import Finding


class ImportResult(BaseModel):
    """What became of a list of applications. ``rows`` = created + changed + unchanged + refused; of a rejected list
    nothing but its counts and findings was kept, and of a dry run nothing: its ``id`` is null."""

    id: UUID | None = Field(description="What was kept of it; null for a dry run, and where nothing is new or refused")
    outcome: Literal["accepted", "accepted_with_warnings", "partially_accepted", "unchanged", "rejected"]
    office: str
    dry_run: bool
    replayed: bool = Field(description="The office's latest list was sent once more: nothing was looked at again")
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    findings: int
    first_findings: list[Finding] = Field(description="`findings` counts all, the link lists them; a dry run has all")
    links: dict[str, str]


class ImportReceipt(BaseModel):
    """A list of applications that was taken in, or an attempt: then no application changed."""

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
    position: int
    links: dict[str, str]
