"""Audit of a submission: the row that records it, its change in the change log, the families that it affects."""

from dataclasses import dataclass
from typing import Any

from miernik_indicators.submissions.envelope import Envelope
from miernik_indicators.submissions.upload import Upload
from miernik_indicators.submissions.validation import ValidatedReturn
from miernik_shared.changelog.record import Change
from miernik_shared.database import AnyRow
from miernik_shared.identifiers import new_id
from miernik_shared.web.unit_of_work import UnitOfWork

FAMILY = "submissions"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A validated upload for a locked return, about to be stored or recorded as rejected."""

    envelope: Envelope
    upload: Upload
    digest: bytes
    unit_return: AnyRow
    validated: ValidatedReturn


def build_submission_row(work: UnitOfWork, attempt: Attempt, submission_no: int, version: int | None) -> dict[str, Any]:
    """Row of the submission; ``version`` is ``None`` for a rejected one, which stores no observations.

    If it contains a personal number, it stores no digest either: the digest of a one-row file can be brute-forced.
    """
    validated, form = attempt.validated, attempt.envelope.form
    checked, rejected = validated.checked, version is None
    return {
        "submission_no": submission_no,
        "id": new_id(),
        "return_no": attempt.unit_return.return_no,
        "unit_no": attempt.envelope.unit.unit_no,
        "form_no": form.form_no,
        "form_version": form.version,
        "period": attempt.envelope.period,
        "version": version,
        "outcome": validated.outcome,
        "row_count": checked.row_count,
        "accepted_count": 0 if rejected else checked.rows.height,
        "missing_count": 0 if rejected else checked.missing_count,
        "finding_count": checked.findings.height,
        "sha256": b"" if rejected and checked.holds_personal_numbers else attempt.digest,
        "media_type": attempt.upload.media_type,
        "sender": work.caller.client,
        "reason": attempt.upload.reason,
        "received_at": work.now,
        "reading": validated.reading.to_json(),
    }


def build_acceptance(attempt: Attempt, row: dict[str, Any], former_voivodeships: set[int]) -> Change:
    """Change of an accepted submission.

    Affects the observations of all voivodeships of the new version and of the former one: a correction may leave a
    voivodeship out altogether, and its cached figures expire, too.
    """
    current_voivodeships = set(attempt.validated.checked.rows["voivodeship"].unique().to_list())
    observations = (f"observations:{code:02d}" for code in sorted(former_voivodeships | current_voivodeships))
    replaced, version = attempt.unit_return.current_submission_no, attempt.unit_return.current_version
    before = {"submission_no": replaced, "version": version} if replaced else None
    return _build_change("submission.accepted", attempt.envelope, row, (*observations, FAMILY), before)


def build_rejection(attempt: Attempt, row: dict[str, Any]) -> Change:
    """Change of a rejected submission. No figure is affected."""
    return _build_change("submission.rejected", attempt.envelope, row, (FAMILY,), None)


def _build_change(
    action: str, envelope: Envelope, row: dict[str, Any], families: tuple[str, ...], before: dict[str, Any] | None
) -> Change:
    data = {
        "id": str(row["id"]),
        "form": envelope.form.code,
        "unit": envelope.unit.code,
        "period": envelope.period,
        "outcome": row["outcome"],
        "version": row["version"],
        "rows": row["row_count"],
        "accepted": row["accepted_count"],
    }
    after = data | {
        "submission_no": row["submission_no"],
        "sha256": row["sha256"].hex(),
        "reason": row["reason"],
    }
    return Change(action, f"submissions/{row['id']}", families, data, before=before, after=after)
