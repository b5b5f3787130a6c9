"""API representations of submissions."""

from collections.abc import Sequence

from miernik_indicators.submissions.schemas import DryRun, Receipt, SubmissionDetail
from miernik_indicators.submissions.submit import Outcome
from miernik_shared.confirmations import ConfirmedFinding, render_kind
from miernik_shared.database import AnyRow
from miernik_shared.web.confirm import read_confirmed
from miernik_shared.web.findings import findings_from_rows, render_findings
from miernik_shared.web.readings import render_reading, render_stored_reading
from miernik_shared.web.unit_of_work import UnitOfWork

SHOWN_FINDINGS = 100
"""Findings shown with a receipt; a link leads to all of them."""


async def build_receipts(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Receipt]:
    """Receipts built from rows of :func:`queries.returns.select_submissions`."""
    confirmed = await read_confirmed(work, [row.position for row in rows])
    return [_build_receipt(work, row, confirmed.get(row.position, [])) for row in rows]


def _build_receipt(work: UnitOfWork, row: AnyRow, confirmed: list[ConfirmedFinding]) -> Receipt:
    own = f"/v1/submissions/{row.id}"
    return Receipt(
        id=row.id,
        outcome=row.outcome,
        form=row.form,
        unit=row.unit,
        period=row.period,
        version=row.version,
        rows=row.row_count,
        accepted=row.accepted_count,
        missing=row.missing_count,
        findings=row.finding_count,
        sha256=row.sha256.hex(),
        media_type=row.media_type,
        reason=row.reason,
        received_at=row.received_at,
        position=row.position,
        confirmed=confirmed,
        reading=render_stored_reading(work, row.reading),
        links={"self": own, "findings": f"{own}/findings", "file": f"{own}/file"},
    )


async def build_detail(work: UnitOfWork, row: AnyRow, findings: Sequence[AnyRow]) -> SubmissionDetail:
    """Receipt with its first findings."""
    first = render_findings(work, findings_from_rows(findings))
    (receipt,) = await build_receipts(work, [row])
    return SubmissionDetail(**receipt.model_dump(), first_findings=first, is_current=bool(row.is_current))


def build_dry_run(work: UnitOfWork, outcome: Outcome) -> DryRun:
    """Outcome of a dry run."""
    checked = outcome.checked
    if checked is None or outcome.reading is None:
        raise RuntimeError("a dry run always checks")
    accepted = checked.rows.height if outcome.name != "rejected" else 0
    return DryRun.model_validate({
        "outcome": outcome.name,
        "rows": checked.row_count,
        "accepted": accepted,
        "missing": checked.missing_count if accepted else 0,
        "findings": checked.findings.height,
        "first_findings": render_findings(work, outcome.findings[:SHOWN_FINDINGS]),
        "confirmations": [render_kind(kind) for kind in outcome.unconfirmed],
        "confirmed": work.confirmations.confirmed,
        "reading": render_reading(work, outcome.reading),
    })  # fmt: skip
