"""What the API shows of submissions and findings."""

from collections.abc import Sequence

from miernik_indicators.submissions.schemas import DryRun, Finding, Receipt, SubmissionDetail
from miernik_indicators.submissions.submit import Outcome
from miernik_shared.database import AnyRow
from miernik_shared.uploads.findings import Finding as FoundFinding
from miernik_shared.web.work import Work

_SHOWN_FINDINGS = 100


def receipt(row: AnyRow) -> Receipt:
    """A receipt from a row of :func:`queries.submissions`."""
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
        links={"self": own, "findings": f"{own}/findings", "file": f"{own}/file"},
    )


def detail(work: Work, row: AnyRow, findings: Sequence[AnyRow]) -> SubmissionDetail:
    """A receipt with its first findings."""
    found = [stored_finding(work, one) for one in findings]
    return SubmissionDetail(**receipt(row).model_dump(), first_findings=found, is_current=bool(row.is_current))


def stored_finding(work: Work, row: AnyRow) -> Finding:
    """A finding from its stored code and parameters."""
    return _finding(work, FoundFinding(row.row_no, row.column_name, row.severity, row.code, row.params))


def dry_run(work: Work, outcome: Outcome) -> DryRun:
    """What would become of a return."""
    checked = outcome.checked
    if checked is None:
        raise RuntimeError("a dry run always checks")
    taken = checked.rows.height if outcome.name != "rejected" else 0
    return DryRun.model_validate({
        "outcome": outcome.name,
        "rows": checked.row_count,
        "accepted": taken,
        "missing": checked.rows["value"].null_count() if taken else 0,
        "findings": checked.findings.height,
        "first_findings": [_finding(work, one) for one in outcome.findings[:_SHOWN_FINDINGS]],
    })  # fmt: skip


def _finding(work: Work, found: FoundFinding) -> Finding:
    error = work.service.catalogue.field_error(found.as_error(), work.language)
    return Finding.model_validate(error | {"severity": found.severity})
