"""Taking in a return: read, check as a set, then store all of it or nothing."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import polars as pl
import zstandard

from miernik_indicators.settings import IndicatorsSettings
from miernik_indicators.submissions import queries, references, rollup, store
from miernik_indicators.submissions.check import CheckedReturn, check_return, fill_from_envelope
from miernik_indicators.submissions.columns import RETURN
from miernik_indicators.submissions.envelope import Envelope
from miernik_indicators.submissions.models import submission
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow
from miernik_shared.identifiers import new_id
from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.findings import Finding, findings_of, in_order, to_findings
from miernik_shared.uploads.media import RawTable, read_table
from miernik_shared.uploads.spreadsheets import codes_as_dates
from miernik_shared.web.work import Work

WARNING_FOR_LATE = "return_late"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent."""

    content: bytes
    media_type: str
    charset: str | None
    reason: str | None
    dry_run: bool

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes as they came."""
        return hashlib.sha256(self.content).digest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. ``submission_id`` is ``None`` for a dry run."""

    name: str
    submission_id: UUID | None
    checked: CheckedReturn | None
    findings: list[Finding]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _ValidatedReturn:
    """A checked return on its way to be stored."""

    outcome: str
    checked: CheckedReturn
    findings: list[Finding]
    accumulated: list[int]
    covered: int
    """Units and periods that the rows cover."""


async def submit(work: Work, envelope: Envelope, upload: Upload) -> Outcome:
    """One return. The current version's content again gives its receipt again; other content is a correction.

    Content is other content, too, when its words stand for something else by now: it is validated anew for a sender who
    names the current version, and has not just lost the answer. Raises 400 for what cannot be parsed, 409 when the
    first version exists and 412 when ``If-Match`` is stale.
    """
    form, unit = envelope.form, envelope.unit
    current = await queries.lock_return(work.connection, form.form_no, unit.unit_no, envelope.period)
    digest = await run_in_thread_if_large(len(upload.content), lambda: upload.digest)
    known = await _find_current_with_content(work, current, digest)
    if known and not upload.dry_run and work.if_match != return_etag(current.current_version):
        return _replay_receipt(work, known)
    if not upload.dry_run:
        await _require_current_version(work, current)
    validated = await _validate_return(work, envelope, upload, current)
    if upload.dry_run:
        work.unchanged = work.rehearsed = True
        return Outcome(validated.outcome, None, validated.checked, validated.findings)
    if validated.outcome == "rejected":
        return await _store_rejection(work, envelope, upload, digest, current, validated)
    if known and await _equals_stored(work, known, validated):
        return _replay_receipt(work, known)
    return await _store_accepted(work, envelope, upload, digest, current, validated)


async def _find_current_with_content(work: Work, current: AnyRow, digest: bytes) -> AnyRow | None:
    if current.current_submission_no is None:
        return None
    return await queries.find_submission_with_content(work.connection, current.current_submission_no, digest)


def _replay_receipt(work: Work, known: AnyRow) -> Outcome:
    work.unchanged = True
    return Outcome(known.outcome, known.id, None, [], replayed=True)


async def _equals_stored(work: Work, known: AnyRow, validated: _ValidatedReturn) -> bool:
    """Whether the rows on their way are those that are stored."""
    if validated.checked.rows.height != known.accepted_count:
        return False
    return await store.equals_staged(work.connection, known.submission_no)


async def _require_current_version(work: Work, current: AnyRow) -> None:
    if current.current_version == 0:
        if work.if_match is not None:
            raise Problem(412, "if_match_stale", {"current": "–"})
        return
    etag = return_etag(current.current_version)
    if work.if_match is None:
        winner = await queries.find_current_submission_id(work.connection, current)
        params = {"version": str(current.current_version), "etag": etag}
        raise Problem(409, "return_exists", params, headers={"ETag": etag}, members={"submission": str(winner)})
    work.require_match(etag)


def return_etag(version: int) -> str:
    """ETag of a return: its accepted version."""
    return f'"v{version}"'


async def _validate_return(work: Work, envelope: Envelope, upload: Upload, current: AnyRow) -> _ValidatedReturn:
    size = len(upload.content)
    raw = await run_in_thread_if_large(size, read_table, RETURN, upload.content, upload.media_type, upload.charset)
    _require_row_count(work, raw)
    table = await run_in_thread_if_large(size, fill_from_envelope, raw, envelope.unit.code, envelope.period)
    known, accumulated = await _load_references(work, envelope, table)
    checked = await run_in_thread_if_large(
        size, check_return, table, known, envelope.notation, exact=raw.exact, wrong_types=raw.wrong_types
    )
    covered = await store.stage_rows(work.connection, checked.rows)
    checked = await _add_coverage_conflicts(work, envelope, current, checked)
    if envelope.late and _decide_outcome(envelope, checked) != "rejected":
        checked = _add_lateness_warning(envelope, checked)
    return _ValidatedReturn(
        _decide_outcome(envelope, checked), checked, to_findings(checked.findings), sorted(accumulated), covered
    )


def _require_row_count(work: Work, raw: RawTable) -> None:
    settings = work.service.settings
    assert isinstance(settings, IndicatorsSettings)  # noqa: S101 - this service is built with these settings
    if raw.frame.height > settings.submission_limit_rows:
        raise Problem(413, "rows_too_many", {"limit": str(settings.submission_limit_rows)})
    if raw.frame.is_empty():
        raise Problem(422, "return_empty", errors=[FieldError("/rows", "return_empty")])


async def _load_references(
    work: Work, envelope: Envelope, table: pl.DataFrame
) -> tuple[references.References, frozenset[int]]:
    words = {name: table[name].unique(maintain_order=True).to_list() for name in ("unit", "period", "indicator")}
    own = None if work.caller.region else frozenset(work.caller.units)
    units = await references.build_unit_table(work.connection, words["unit"], envelope.form.unit_kind, own)
    periods = references.build_period_table(
        words["period"], envelope.form.period_kind, envelope.starts_on, envelope.ends_on
    )
    # With no period in order there is still one day, so that no indicator is called unknown for that.
    days = periods["effective_on"].drop_nulls().unique().sort().to_list() or [envelope.ends_on]
    series, accumulated = await references.build_series_table(work.connection, envelope.form.form_no, days)
    dates = codes_as_dates(words["indicator"], set(envelope.form.indicators))
    return references.References(units, periods, series, dates, accumulated), accumulated


async def _add_coverage_conflicts(
    work: Work, envelope: Envelope, current: AnyRow, checked: CheckedReturn
) -> CheckedReturn:
    """Adds a finding for every unit and period that another return already reports: nothing may count twice."""
    taken = await store.find_coverage_conflicts(work.connection, envelope.form.form_no, current.return_no)
    if not taken:
        return checked
    rows = pl.DataFrame(
        [(row, f"{unit}, {day}") for unit, day, row in taken],
        schema={"row_no": pl.Int32, "taken": pl.String},
        orient="row",
    )
    found = findings_of(rows, "unit", "reported_elsewhere", expected=pl.col("taken"))
    return CheckedReturn(checked.rows, in_order([checked.findings, found]), checked.row_count)


def _add_lateness_warning(envelope: Envelope, checked: CheckedReturn) -> CheckedReturn:
    whole = pl.DataFrame({"row_no": [None]}, schema={"row_no": pl.Int32})
    late = findings_of(whole, None, WARNING_FOR_LATE, expected=envelope.period, severity="warning")
    return CheckedReturn(checked.rows, pl.concat([checked.findings, late]), checked.row_count)


def _decide_outcome(envelope: Envelope, checked: CheckedReturn) -> str:
    if checked.error_count == 0:
        return "accepted" if checked.findings.is_empty() else "accepted_with_warnings"
    foreign = checked.findings.filter(pl.col("code") == "reported_elsewhere").height
    takes_part = envelope.form.partial and checked.rows.height > 0
    return "partially_accepted" if takes_part and not foreign and not checked.holds_personal_numbers else "rejected"


async def _store_accepted(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, validated: _ValidatedReturn
) -> Outcome:
    connection, unit_no = work.connection, envelope.unit.unit_no
    submission_no = await queries.next_submission_no(connection)
    version = current.current_version + 1
    # A correction may leave a voivodeship out altogether: its readers must look anew too.
    replaced = current.current_submission_no
    former = await store.list_covered_voivodeships(connection, current.return_no) if replaced else set[int]()
    packed = await _store_rows(work, envelope, upload, current, validated, submission_no)
    await queries.make_current(connection, current.return_no, version, submission_no)
    await queries.store_file(connection, unit_no, digest, len(upload.content), packed)
    await queries.findings.add(connection, submission_no, validated.findings, unit_no=unit_no)
    values: dict[str, Any] = _submission_values(work, envelope, upload, digest, current, validated)
    values |= {"submission_no": submission_no, "version": version}
    touched = sorted(former | _list_voivodeships(validated.checked))
    families = tuple(f"observations:{code:02d}" for code in touched)
    before = {"submission_no": replaced, "version": current.current_version} if replaced else None
    await work.record(
        _build_change(envelope, values, (*families, "submissions"), before), FactHeader(submission, values)
    )
    return Outcome(validated.outcome, values["id"], validated.checked, validated.findings)


async def _store_rows(
    work: Work, envelope: Envelope, upload: Upload, current: AnyRow, validated: _ValidatedReturn, submission_no: int
) -> bytes:
    """Facts, what they cover, and the rollup; returns the file packed meanwhile."""
    connection, size = work.connection, len(upload.content)
    # Both run beside the insert, on another core: the server works on one.
    packing = asyncio.create_task(run_in_thread_if_large(size, _compress, upload.content))
    summing = asyncio.create_task(
        run_in_thread_if_large(size, store.sum_by_powiat, validated.checked.rows, validated.accumulated)
    )
    await rollup.snapshot_steps(connection, validated.accumulated, current.current_submission_no)
    await store.insert_observations(connection, submission_no)
    await _claim_coverage(work, envelope, current, validated, submission_no)
    await store.stage_totals(connection, await summing)
    await rollup.apply_difference(connection, validated.accumulated, current.current_submission_no)
    return await packing


async def _claim_coverage(
    work: Work, envelope: Envelope, current: AnyRow, validated: _ValidatedReturn, submission_no: int
) -> None:
    """Claims the units and periods of the rows. Raises 409 when another return was faster with one of them."""
    connection, unit_no = work.connection, envelope.unit.unit_no
    if current.current_submission_no:
        await store.release_coverage(connection, current.return_no)
    if set(validated.checked.rows["unit_no"].unique()) - {unit_no}:
        await store.insert_represented_units(connection, submission_no, unit_no)
    claimed = await store.claim_coverage(connection, envelope.form.form_no, current.return_no, submission_no)
    if claimed != validated.covered:
        raise Problem(409, "coverage_raced", headers={"Retry-After": "1"})


async def _store_rejection(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, validated: _ValidatedReturn
) -> Outcome:
    """A refused return leaves its header and findings, no observation and no file."""
    submission_no = await queries.next_submission_no(work.connection)
    await queries.findings.add(work.connection, submission_no, validated.findings, unit_no=envelope.unit.unit_no)
    # The hash of a one-row file with a personal number could be searched for the number: it is not kept.
    kept_digest = b"" if validated.checked.holds_personal_numbers else digest
    values: dict[str, Any] = _submission_values(work, envelope, upload, kept_digest, current, validated) | {
        "submission_no": submission_no
    }
    values |= {"accepted_count": 0, "missing_count": 0, "version": None}
    await work.record(_build_change(envelope, values, ("submissions",), None), FactHeader(submission, values))
    return Outcome("rejected", values["id"], validated.checked, validated.findings)


def _submission_values(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, validated: _ValidatedReturn
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "return_no": current.return_no,
        "unit_no": envelope.unit.unit_no,
        "form_no": envelope.form.form_no,
        "form_version": envelope.form.version,
        "period": envelope.period,
        "outcome": validated.outcome,
        "row_count": validated.checked.row_count,
        "accepted_count": validated.checked.rows.height,
        "missing_count": validated.checked.rows["value"].null_count(),
        "finding_count": validated.checked.findings.height,
        "sha256": digest,
        "media_type": upload.media_type,
        "sender": work.caller.client,
        "reason": upload.reason,
        "received_at": work.now,
    }


def _build_change(
    envelope: Envelope, values: dict[str, Any], families: tuple[str, ...], before: dict[str, Any] | None
) -> Change:
    action = "submission.rejected" if values["outcome"] == "rejected" else "submission.accepted"
    data = {
        "id": str(values["id"]),
        "form": envelope.form.code,
        "unit": envelope.unit.code,
        "period": envelope.period,
        "outcome": values["outcome"],
        "version": values["version"],
        "rows": values["row_count"],
        "accepted": values["accepted_count"],
    }
    after = data | {
        "submission_no": values["submission_no"],
        "sha256": values["sha256"].hex(),
        "reason": values["reason"],
    }
    return Change(action, f"submissions/{values['id']}", families, data, before=before, after=after)


def _list_voivodeships(checked: CheckedReturn) -> set[int]:
    return set(checked.rows["voivodeship"].unique().to_list())


def _compress(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(content)
