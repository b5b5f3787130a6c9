"""Import of a list of applications: parse, validate as a set, then store all of it, its valid rows, or nothing."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import polars as pl

from miernik_calls.application_imports import queries, references
from miernik_calls.application_imports.cells import strip_cells
from miernik_calls.application_imports.check import CheckedList, References, check_list
from miernik_calls.application_imports.columns import APPLICATIONS
from miernik_calls.applications import queries as applications
from miernik_calls.applications.events import ACTION, describe_event, family_of
from miernik_calls.applications.models import application_import
from miernik_calls.applications.store import number_versions, write_versions
from miernik_calls.calls import service as calls
from miernik_calls.organisations import service as organisations
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.confirmations import UnlikelyKind, refuse_unconfirmed
from miernik_shared.database import AnyRow
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem, not_found
from miernik_shared.surrogate_keys import next_key
from miernik_shared.uploads.decimal_signs import Sign
from miernik_shared.uploads.findings import TableFinding, findings_from_table
from miernik_shared.uploads.media import read_table
from miernik_shared.uploads.reading_account import Reading, has_decimal
from miernik_shared.uploads.unlikely_rows import add_tokens, count_unlikely
from miernik_shared.web.readings import render_reading
from miernik_shared.web.unit_of_work import UnitOfWork

ATTEMPT = "application-import.without-change"
"""Action of a list whose rows were refused while no application changed: it invalidates no figures."""
ATTEMPTS = "application-imports"
"""Family of data of lists without a change."""
ROW_LIMIT = 20_000
"""Maximum number of rows of a list. The event of an import names its applications, so a list must fit into an event."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The request.

    ``decimal`` is the decimal sign of a CSV file, if its sender states it; ``partial`` stores the valid rows of a list
    with errors.
    """

    office: str
    content: bytes
    media_type: str
    charset: str | None
    decimal: Sign | None
    partial: bool
    dry_run: bool

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes as received."""
        return hashlib.sha256(self.content).digest()

    @property
    def kind(self) -> str:
        """Declared media type with its charset: the same bytes in another encoding are other texts."""
        return f"{self.media_type}; charset={self.charset.lower()}" if self.charset else self.media_type

    def repeats(self, latest: AnyRow) -> bool:
        """Whether the upload equals the office's latest complete list, and nothing it depends on has changed since.

        After a single change the list is validated again, since each row states its whole application; so is one whose
        words may refer to other calls or applicants by now.
        """
        same = (latest.sha256, latest.media_type, latest.changed_since) == (self.digest, self.kind, False)
        return same and has_decimal(latest.reading, self.decimal)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of an import. ``replayed`` is the office's latest list, if it was sent again.

    ``import_id`` names the stored receipt. There is none for a dry run, nor for a list that changed nothing and had no
    errors: its warnings are shown with its applications. ``reading`` is null for a replayed list of an earlier version.
    """

    name: str
    import_id: UUID | None
    checked: CheckedList | None
    findings: list[TableFinding]
    reading: Reading | None
    replayed: AnyRow | None = None
    unconfirmed: Sequence[UnlikelyKind] = ()
    """Kinds of unlikely values that the request does not confirm; of a dry run only."""


async def import_applications(work: UnitOfWork, upload: Upload) -> Outcome:
    """Import one list.

    Lists of an office are serialized; the latest one sent again does nothing if nothing changed since.

    Raises 400 for what cannot be parsed, 413 for too many rows, 422 for an empty list and for unconfirmed values.
    """
    await lock_key(work.connection, "application_import", upload.office)
    latest = await queries.find_latest_import(work.connection, upload.office, _families_of(upload.office))
    if latest is not None and upload.repeats(latest):
        work.unchanged, work.rehearsed = True, upload.dry_run
        reading = Reading.from_json(latest.reading) if latest.reading else None
        return Outcome("unchanged", latest.id, None, [], reading, latest)
    checked, reading = await _check_upload(work, upload)
    findings = await asyncio.to_thread(findings_from_table, checked.findings)
    outcome = Outcome(_name_outcome(checked, partial=upload.partial), None, checked, findings, reading)
    outcome = await _confirm(work, upload, outcome)
    if upload.dry_run or not (checked.refused or checked.rows.height):
        work.unchanged, work.rehearsed = True, upload.dry_run
        return outcome
    store = _store_attempt if outcome.name == "rejected" or checked.rows.is_empty() else _store_list
    return replace(outcome, import_id=await store(work, upload, checked, outcome))


async def _confirm(work: UnitOfWork, upload: Upload, outcome: Outcome) -> Outcome:
    """Outcome with the tokens of its unlikely values. Raises 422 for those that are not confirmed, but in a dry run."""
    confirmations, checked = work.confirmations, outcome.checked
    if checked is None or outcome.name == "rejected":
        confirmations.waived = True
        return outcome
    if not count_unlikely(checked.findings):
        return outcome
    content = await asyncio.to_thread(confirmations.digest)
    findings, kinds = await asyncio.to_thread(add_tokens, content, checked.findings, outcome.findings)
    unconfirmed = confirmations.confirm(kinds)
    if not upload.dry_run:
        refuse_unconfirmed(unconfirmed)
    name = "unconfirmed" if unconfirmed else outcome.name
    return replace(outcome, name=name, findings=findings, unconfirmed=unconfirmed)


async def find_import(work: UnitOfWork, import_id: UUID) -> AnyRow:
    """Return a list with its annulment, if any. Raises 404."""
    row = await queries.find_import(work.connection, import_id)
    if row is None:
        raise not_found("import_not_found")
    return row


def _families_of(office: str) -> tuple[str, ...]:
    """Families of data that the result of a list depends on.

    Not the programme: code and parent of a node never change.
    """
    return family_of(office), calls.FAMILY, organisations.FAMILY


async def _check_upload(work: UnitOfWork, upload: Upload) -> tuple[CheckedList, Reading]:
    shape = replace(APPLICATIONS, most_rows=ROW_LIMIT)
    raw = await asyncio.to_thread(read_table, shape, upload.content, upload.media_type, upload.charset)
    if raw.frame.height > ROW_LIMIT:
        raise Problem(413, "rows_too_many", {"limit": str(ROW_LIMIT)})
    if raw.frame.is_empty():
        members = {"reading": render_reading(work, raw.reading).model_dump(mode="json")}
        raise Problem(422, "import_empty", errors=[FieldError("/rows", "import_empty")], members=members)
    cells = await asyncio.to_thread(strip_cells, raw.frame)
    references_of_list = await _resolve_words(work, upload.office, cells)
    checked = await asyncio.to_thread(
        check_list,
        cells,
        references_of_list,
        work.today,
        upload.decimal,
        exact=raw.exact,
        absent=raw.absent,
        wrong_types=raw.wrong_types,
        found=raw.findings,
    )
    return checked, raw.reading.with_decimal(checked.decimal)


async def _resolve_words(work: UnitOfWork, office: str, cells: pl.DataFrame) -> References:
    words = {
        name: cells[name].unique().to_list() if name in cells.columns else []
        for name in ("number_key", "node", "call", "organisation")
    }
    connection = work.connection
    return References(
        await references.resolve_nodes(connection, office, words["node"]),
        await references.resolve_calls(connection, office, words["call"]),
        await references.resolve_organisations(connection, words["organisation"]),
        await applications.lock_stored_applications(connection, office, words["number_key"]),
        await applications.read_programme_tree(connection, office),
        await applications.read_surroundings(connection, office),
    )


def _name_outcome(checked: CheckedList, *, partial: bool) -> str:
    if checked.refused:
        taken = checked.rows.height + checked.unchanged
        return "partially_accepted" if partial and taken and not checked.is_refused_whole else "rejected"
    if checked.rows.is_empty():
        return "unchanged"
    return "accepted" if checked.findings.is_empty() else "accepted_with_warnings"


async def _store_list(work: UnitOfWork, upload: Upload, checked: CheckedList, outcome: Outcome) -> UUID:
    import_no = await next_key(work.connection, application_import)
    await queries.findings.add(work.connection, import_no, outcome.findings)
    values = _receipt_values(work, upload, outcome, checked.counts, import_no)
    rows = number_versions(checked.rows)
    nodes = await applications.map_node_ids(work.connection, upload.office)
    data = describe_event(upload.office, rows, nodes, import_no)
    change = _describe_change(ACTION, family_of(upload.office), values, data)
    await write_versions(work, upload.office, rows, change, [PositionedRow(application_import, values)], import_no)
    return values["id"]


async def _store_attempt(work: UnitOfWork, upload: Upload, checked: CheckedList, outcome: Outcome) -> UUID:
    """Store counts and findings of a list with errors that changes no application."""
    import_no = await next_key(work.connection, application_import)
    await queries.findings.add(work.connection, import_no, outcome.findings)
    rejected = outcome.name == "rejected"
    values = _receipt_values(
        work, upload, outcome, checked.counts_of_nothing if rejected else checked.counts, import_no
    )
    # No hash of a list with a personal number: from that of a single row the number could be found by trying.
    values["sha256"] = b"" if checked.holds_personal_numbers else upload.digest
    summary = {"rows": values["row_count"], "refused": values["refused_count"], "findings": values["finding_count"]}
    data = {"id": str(values["id"]), "office": upload.office, "outcome": outcome.name, **summary}
    await work.record(_describe_change(ATTEMPT, ATTEMPTS, values, data), PositionedRow(application_import, values))
    work.mendable = rejected
    return values["id"]


def _describe_change(action: str, changed: str, values: dict[str, Any], data: dict[str, Any]) -> Change:
    counts = {name: value for name, value in values.items() if name.endswith("_count")}
    summary = {name: values[name] for name in ("import_no", "partial", "outcome")}
    after = counts | summary | {"sha256": values["sha256"].hex()}
    return Change(action, f"application-imports/{values['id']}", (changed,), data, after=after)


def _receipt_values(
    work: UnitOfWork, upload: Upload, outcome: Outcome, counts: Mapping[str, int], import_no: int
) -> dict[str, Any]:
    return {
        "import_no": import_no,
        "id": new_id(),
        "office": upload.office,
        "sha256": upload.digest,
        "media_type": upload.kind,
        "partial": upload.partial,
        "outcome": outcome.name,
        "reading": outcome.reading.to_json() if outcome.reading else None,
        **{f"{name}_count": number for name, number in counts.items()},
        "sender": work.caller.client,
        "received_at": work.now,
        "read_position": work.position,
    }
