"""API models of the submissions."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.confirmations import ConfirmedFinding, UnconfirmedKind
from miernik_shared.values.iso_dates import Instant
from miernik_shared.web.findings import Finding
from miernik_shared.web.readings import READING, Reading

Outcome = Literal["accepted", "accepted_with_warnings", "partially_accepted", "rejected"]


class Receipt(BaseModel):
    """Outcome of a submission (złożone sprawozdanie).

    ``rows`` = ``accepted`` + rejected rows. ``missing`` counts the accepted rows that declare "no data", which is not
    0, and the indicators of the form without a row, for each unit and period of the return.
    """

    id: UUID
    outcome: Outcome
    form: str = Field(examples=["SP-7-HALF-YEAR"])
    unit: str = Field(description="Code of the unit that sent it", examples=["OPS-040201"])
    period: str = Field(examples=["2011-H1"])
    version: int | None = Field(description="Version of the return; null for a rejected attempt")
    rows: int
    accepted: int
    missing: int
    findings: int
    sha256: str
    media_type: str
    reason: str | None
    received_at: Instant
    position: int
    reading: Reading | None = Field(description=READING)
    confirmed: list[ConfirmedFinding] = Field(description="Unlikely values that the sender confirmed")
    links: dict[str, str]


class DryRun(BaseModel):
    """Outcome that a return would have if submitted now. Nothing was stored."""

    outcome: Outcome | Literal["unconfirmed"] = Field(
        description="`unconfirmed`: without the tokens of its findings the return would be refused"
    )
    rows: int
    accepted: int
    missing: int
    findings: int
    first_findings: list[Finding]
    reading: Reading
    confirmations: list[UnconfirmedKind] = Field(description="Kinds of values that need a confirmation")
    confirmed: list[ConfirmedFinding] = Field(description="Unlikely values that the request confirms")


class SubmissionDetail(Receipt):
    """Submission with its first findings; ``findings`` counts all, the link lists them."""

    first_findings: list[Finding]
    is_current: bool


JSON_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["indicator", "value"],
                "properties": {
                    "unit": {"type": ["string", "null"]},
                    "indicator": {"type": "string"},
                    "breakdown": {"type": ["string", "null"]},
                    "period": {"type": ["string", "null"]},
                    "value": {"type": ["string", "number", "null"]},
                },
            },
        }
    },
}
