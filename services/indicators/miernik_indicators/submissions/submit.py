"""Submission of a return: lock it, validate the upload, then store all of it or nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import zstandard

from miernik_indicators.submissions.audit import Attempt, build_acceptance, build_rejection, build_submission_row
from miernik_indicators.submissions.check import CheckedReturn
from miernik_indicators.submissions.envelope import Envelope
from miernik_indicators.submissions.models import submission
from miernik_indicators.submissions.queries import coverage, returns, rollup, staging
from miernik_indicators.submissions.totals import sum_by_powiat
from miernik_indicators.submissions.upload import Upload
from miernik_indicators.submissions.validation import ValidatedReturn, validate_return
from miernik_shared.changelog.record import PositionedRow
from miernik_shared.confirmations import UnlikelyKind, refuse_unconfirmed
from miernik_shared.database import AnyRow
from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import Problem
from miernik_shared.uploads.findings import TableFinding
from miernik_shared.uploads.reading_account import Reading, has_decimal
from miernik_shared.uploads.unlikely_rows import add_tokens, count_unlikely
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a submission. ``submission_id`` is ``None`` for a dry run, ``checked`` for a replayed receipt.

    ``reading`` is that of a dry run; others have it in their receipt.
    """

    name: str
    submission_id: UUID | None
    checked: CheckedReturn | None
    findings: Sequence[TableFinding]
    replayed: bool = False
    unconfirmed: Sequence[UnlikelyKind] = ()
    """Kinds of unlikely values that the request does not confirm; of a dry run only."""
    reading: Reading | None = None


async def submit(work: UnitOfWork, envelope: Envelope, upload: Upload) -> Outcome:
    """Submit a return.

    The content of the current version returns its receipt again; other content is a correction. The same content is a
    correction, too, when its codes resolve differently by now and the sender names the current version: without
    ``If-Match`` the sender may merely have lost the response. Raises 400 for a file that cannot be parsed, 409 when
    the first version exists, 412 when ``If-Match`` is stale, 422 for unlikely values that are not confirmed.
    """
    form, unit = envelope.form, envelope.unit
    unit_return = await returns.lock_return(work.connection, form.form_no, unit.unit_no, envelope.period)
    digest = await run_in_thread_if_large(len(upload.content), lambda: upload.digest)
    same = await _find_current_with_content(work, unit_return, upload, digest)
    if same and not upload.dry_run and not work.matches(version_etag(unit_return.current_version)):
        return _replay_receipt(work, same)
    if not upload.dry_run:
        await _require_current_version(work, unit_return)
    validated = await validate_return(work, envelope, upload, unit_return.return_no)
    validated, unconfirmed = await _confirm(work, upload, validated)
    if upload.dry_run:
        return _rehearse(work, validated, unconfirmed)
    refuse_unconfirmed(unconfirmed)
    attempt = Attempt(envelope, upload, digest, unit_return, validated)
    if validated.outcome == "rejected":
        return await _record_rejection(work, attempt)
    if same and await _equals_stored(work, same, validated):
        return _replay_receipt(work, same)
    return await _store_version(work, attempt)


async def _find_current_with_content(
    work: UnitOfWork, unit_return: AnyRow, upload: Upload, digest: bytes
) -> AnyRow | None:
    """Find the current version if it has the same content, read with the decimal sign that the sender states."""
    if unit_return.current_submission_no is None:
        return None
    found = await returns.find_submission_with_content(work.connection, unit_return.current_submission_no, digest)
    return found if found is not None and has_decimal(found.reading, upload.decimal) else None


def _replay_receipt(work: UnitOfWork, stored: AnyRow) -> Outcome:
    work.unchanged = True
    return Outcome(stored.outcome, stored.id, None, [], replayed=True)


async def _confirm(
    work: UnitOfWork, upload: Upload, validated: ValidatedReturn
) -> tuple[ValidatedReturn, Sequence[UnlikelyKind]]:
    """Return with the tokens of its unlikely values, and the kinds of them that the request does not confirm."""
    confirmations, table = work.confirmations, validated.checked.findings
    if validated.outcome == "rejected":
        confirmations.waived = True
        return validated, ()
    if not count_unlikely(table):
        return validated, ()
    size = len(upload.content)
    content = await run_in_thread_if_large(size, confirmations.digest)
    findings, kinds = await run_in_thread_if_large(size, add_tokens, content, table, validated.findings)
    return replace(validated, findings=findings), confirmations.confirm(kinds)


def _rehearse(work: UnitOfWork, validated: ValidatedReturn, unconfirmed: Sequence[UnlikelyKind]) -> Outcome:
    work.unchanged = work.rehearsed = True
    name = "unconfirmed" if unconfirmed else validated.outcome
    return Outcome(
        name, None, validated.checked, validated.findings, unconfirmed=unconfirmed, reading=validated.reading
    )


async def _equals_stored(work: UnitOfWork, stored: AnyRow, validated: ValidatedReturn) -> bool:
    """Whether the valid rows are exactly those of the stored submission."""
    if validated.checked.rows.height != stored.accepted_count:
        return False
    return await staging.equals_staged(work.connection, stored.submission_no)


async def _require_current_version(work: UnitOfWork, unit_return: AnyRow) -> None:
    if unit_return.current_version == 0:
        work.refuse_if_match()
        return
    etag = version_etag(unit_return.current_version)
    if work.if_match is None:
        existing = await returns.find_current_submission_id(work.connection, unit_return)
        params = {"version": str(unit_return.current_version), "etag": etag}
        raise Problem(409, "return_exists", params, headers={"ETag": etag}, members={"submission": str(existing)})
    work.require_match(etag)


async def _store_version(work: UnitOfWork, attempt: Attempt) -> Outcome:
    """Store an accepted return as the new current version, with its file and findings."""
    connection, unit_return, validated = work.connection, attempt.unit_return, attempt.validated
    unit_no, content = attempt.envelope.unit.unit_no, attempt.upload.content
    submission_no = await returns.next_submission_no(connection)
    version = unit_return.current_version + 1
    former = await _list_former_voivodeships(work, unit_return)
    packed = await _store_rows(work, attempt, submission_no)
    await returns.make_current(connection, unit_return.return_no, version, submission_no)
    await returns.store_file(connection, unit_no, attempt.digest, len(content), packed)
    await returns.findings.add(connection, submission_no, validated.findings, unit_no=unit_no)
    row = build_submission_row(work, attempt, submission_no, version)
    await work.record(build_acceptance(attempt, row, former), PositionedRow(submission, row))
    return Outcome(validated.outcome, row["id"], validated.checked, validated.findings)


async def _record_rejection(work: UnitOfWork, attempt: Attempt) -> Outcome:
    """Record a rejected return with its findings; store no observation and no file."""
    validated, unit_no = attempt.validated, attempt.envelope.unit.unit_no
    submission_no = await returns.next_submission_no(work.connection)
    await returns.findings.add(work.connection, submission_no, validated.findings, unit_no=unit_no)
    row = build_submission_row(work, attempt, submission_no, version=None)
    await work.record(build_rejection(attempt, row), PositionedRow(submission, row))
    return Outcome(validated.outcome, row["id"], validated.checked, validated.findings)


async def _list_former_voivodeships(work: UnitOfWork, unit_return: AnyRow) -> set[int]:
    if not unit_return.current_submission_no:
        return set()
    return await coverage.list_voivodeships(work.connection, unit_return.return_no)


async def _store_rows(work: UnitOfWork, attempt: Attempt, submission_no: int) -> bytes:
    """Store observations, coverage and rollup; return the file, compressed meanwhile."""
    connection, size = work.connection, len(attempt.upload.content)
    accumulated, replaced = attempt.validated.accumulated, attempt.unit_return.current_submission_no
    # Both run on another core while the server inserts.
    packing = asyncio.create_task(run_in_thread_if_large(size, _compress, attempt.upload.content))
    summing = asyncio.create_task(
        run_in_thread_if_large(size, sum_by_powiat, attempt.validated.checked.rows, accumulated)
    )
    await coverage.lock_units(connection, attempt.unit_return.return_no)
    await rollup.snapshot_steps(connection, accumulated, replaced)
    await staging.insert_observations(connection, submission_no)
    await _claim_coverage(work, attempt, submission_no)
    await staging.stage_totals(connection, await summing)
    await rollup.apply_difference(connection, accumulated, replaced)
    return await packing


async def _claim_coverage(work: UnitOfWork, attempt: Attempt, submission_no: int) -> None:
    """Claim the units and periods of the rows. Raises 409 when a concurrent return claimed one of them first."""
    connection, unit_return, validated = work.connection, attempt.unit_return, attempt.validated
    form_no = attempt.envelope.form.form_no
    await coverage.count_returns(connection, form_no, unit_return.return_no)
    if unit_return.current_submission_no:
        await coverage.release_coverage(connection, unit_return.return_no)
    await coverage.insert_reported_units(connection, submission_no)
    claimed = await coverage.claim_coverage(connection, form_no, unit_return.return_no, submission_no)
    if claimed != validated.covered:
        raise Problem(409, "coverage_raced", headers={"Retry-After": "1"})


def _compress(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(content)
