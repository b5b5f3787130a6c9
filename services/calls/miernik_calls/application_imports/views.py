"""Rendering of lists of applications for the API."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from miernik_calls.application_imports import queries
from miernik_calls.application_imports.schemas import ImportReceipt, ImportResult, ListAnnulment
from miernik_calls.application_imports.service import Outcome, Upload
from miernik_shared.confirmations import ConfirmedFinding, render_kind
from miernik_shared.database import AnyRow
from miernik_shared.uploads.findings import TableFinding
from miernik_shared.web.confirm import read_confirmed
from miernik_shared.web.findings import findings_from_rows, render_findings
from miernik_shared.web.readings import render_reading, render_stored_reading
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork

SHOWN_FINDINGS = 1000
_COUNTS = {
    "rows": "row", "created": "created", "changed": "changed", "unchanged": "unchanged", "refused": "refused",
    "findings": "finding",
}  # fmt: skip
"""Names of the counts: as shown, and as stored."""


async def render_result(work: UnitOfWork, upload: Upload, outcome: Outcome) -> ImportResult:
    """Outcome of a list with its first findings. A dry run has all of them, since none can be read later."""
    known = {"id": outcome.import_id, "office": upload.office, "dry_run": upload.dry_run, "outcome": outcome.name}
    known |= {"links": _links_of(outcome.import_id), "replayed": outcome.replayed is not None}
    reading = {"reading": render_reading(work, outcome.reading) if outcome.reading else None}
    if (latest := outcome.replayed) is not None:
        first = findings_from_rows(
            await queries.findings.read_after(work.connection, latest.import_no, 0, SHOWN_FINDINGS)
        )
        counts = {"row": latest.row_count, "created": 0, "changed": 0, "unchanged": latest.row_count, "refused": 0}
        counts["finding"] = latest.finding_count
    else:
        first, counts = _first_findings(upload, outcome), _counts_of(outcome)
    known |= {"confirmations": [render_kind(kind) for kind in outcome.unconfirmed]}
    known |= {"confirmed": await _read_confirmed(work, outcome)}
    shown = {name: counts[stored] for name, stored in _COUNTS.items()}
    # Rendering thousands of sentences would block the event loop.
    first_findings = await asyncio.to_thread(render_findings, work, first)
    return ImportResult.model_validate(known | shown | reading | {"first_findings": first_findings})


def _first_findings(upload: Upload, outcome: Outcome) -> list[TableFinding]:
    """Return the first findings; none for a rejected list, whose problem response has them as errors."""
    if outcome.name == "rejected":
        return []
    return outcome.findings if upload.dry_run else outcome.findings[:SHOWN_FINDINGS]


def _counts_of(outcome: Outcome) -> dict[str, int]:
    checked = outcome.checked
    if checked is None:
        raise RuntimeError("a list that is no replay has always been validated")
    return checked.counts_of_nothing if outcome.name == "rejected" else checked.counts


async def _read_confirmed(work: UnitOfWork, outcome: Outcome) -> list[ConfirmedFinding]:
    """Confirmations of a list: those of this request, or those stored with the list that it repeats."""
    if outcome.replayed is None:
        return work.confirmations.confirmed
    return (await read_confirmed(work, [outcome.replayed.position])).get(outcome.replayed.position, [])


async def render_receipts(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[ImportReceipt]:
    """Receipts of stored lists, with what their senders confirmed."""
    confirmed = await read_confirmed(work, [row.position for row in rows])
    return [_render_receipt(work, row, confirmed.get(row.position, [])) for row in rows]


def _render_receipt(work: UnitOfWork, row: AnyRow, confirmed: list[ConfirmedFinding]) -> ImportReceipt:
    counts: dict[str, Any] = {name: getattr(row, f"{stored}_count") for name, stored in _COUNTS.items()}
    return ImportReceipt(
        id=row.id, office=row.office, outcome=row.outcome, partial=row.partial, media_type=row.media_type,
        sha256=row.sha256.hex(), received_at=row.received_at, annulled=row.annulled_at is not None,
        annulment=_render_annulment(row), position=row.position, confirmed=confirmed, links=_links_of(row.id),
        reading=render_stored_reading(work, row.reading), **counts,
    )  # fmt: skip


def import_etag(row: AnyRow) -> str:
    """ETag of a list, which changes once: by its annulment."""
    return version_etag(1 if row.annulled_at is None else 2)


def _render_annulment(row: AnyRow) -> ListAnnulment | None:
    if row.annulled_at is None:
        return None
    return ListAnnulment(
        reason=row.annulment_reason, annulled=row.annulled_count, restored=row.restored_count,
        annulled_at=row.annulled_at,
    )  # fmt: skip


def _links_of(import_id: UUID | None) -> dict[str, str]:
    own = f"/v1/application-imports/{import_id}"
    return {"self": own, "findings": f"{own}/findings"} if import_id else {}
