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
from miernik_indicators.submissions.beside import beside
from miernik_indicators.submissions.check import CheckedReturn, check_return, fill_from_envelope
from miernik_indicators.submissions.columns import RETURN
from miernik_indicators.submissions.envelope import Envelope
from miernik_indicators.submissions.models import submission
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow
from miernik_shared.identifiers import new_id
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
class _Judged:
    """A checked return on its way to be stored."""

    outcome: str
    checked: CheckedReturn
    findings: list[Finding]
    accumulated: list[int]
    covered: int
    """Units and periods that the rows cover."""


async def submit(work: Work, envelope: Envelope, upload: Upload) -> Outcome:
    """One return. The current version's content again gives its receipt again; other content is a correction.

    Content is other content, too, when its words stand for something else by now: it is judged anew for a sender who
    names the current version, and has not just lost the answer. Raises 400 for what cannot be parsed, 409 when the
    first version exists and 412 when ``If-Match`` is stale.
    """
    form, unit = envelope.form, envelope.unit
    current = await queries.lock_return(work.connection, form.form_no, unit.unit_no, envelope.period)
    digest = await beside(len(upload.content), lambda: upload.digest)
    known = await _current_with_content(work, current, digest)
    if known and not upload.dry_run and work.if_match != return_etag(current.current_version):
        return _receipt_again(work, known)
    if not upload.dry_run:
        await _require_right_version(work, current)
    judged = await _judge(work, envelope, upload, current)
    if upload.dry_run:
        work.unchanged = work.rehearsed = True
        return Outcome(judged.outcome, None, judged.checked, judged.findings)
    if judged.outcome == "rejected":
        return await _keep_attempt(work, envelope, upload, digest, current, judged)
    if known and await _says_the_same(work, known, judged):
        return _receipt_again(work, known)
    return await _accept(work, envelope, upload, digest, current, judged)


async def _current_with_content(work: Work, current: AnyRow, digest: bytes) -> AnyRow | None:
    if current.current_submission_no is None:
        return None
    return await queries.find_with_content(work.connection, current.current_submission_no, digest)


def _receipt_again(work: Work, known: AnyRow) -> Outcome:
    work.unchanged = True
    return Outcome(known.outcome, known.id, None, [], replayed=True)


async def _says_the_same(work: Work, known: AnyRow, judged: _Judged) -> bool:
    """Whether the rows on their way are those that are stored."""
    if judged.checked.rows.height != known.accepted_count:
        return False
    return await store.holds_staged(work.connection, known.submission_no)


async def _require_right_version(work: Work, current: AnyRow) -> None:
    if current.current_version == 0:
        if work.if_match is not None:
            raise Problem(412, "if_match_stale", {"current": "–"})
        return
    etag = return_etag(current.current_version)
    if work.if_match is None:
        winner = await queries.submission_id_of_current(work.connection, current)
        params = {"version": str(current.current_version), "etag": etag}
        raise Problem(409, "return_exists", params, headers={"ETag": etag}, members={"submission": str(winner)})
    work.require_match(etag)


def return_etag(version: int) -> str:
    """ETag of a return: its accepted version."""
    return f'"v{version}"'


async def _judge(work: Work, envelope: Envelope, upload: Upload, current: AnyRow) -> _Judged:
    size = len(upload.content)
    raw = await beside(size, read_table, RETURN, upload.content, upload.media_type, upload.charset)
    _refuse_too_many_rows(work, raw)
    table = await beside(size, fill_from_envelope, raw, envelope.unit.code, envelope.period)
    known, accumulated = await _references(work, envelope, table)
    checked = await beside(
        size, check_return, table, known, envelope.notation, exact=raw.exact, wrong_types=raw.wrong_types
    )
    covered = await store.stage(work.connection, checked.rows)
    checked = await _with_foreign_coverage(work, envelope, current, checked)
    if envelope.late and _outcome(envelope, checked) != "rejected":
        checked = _with_lateness(envelope, checked)
    return _Judged(_outcome(envelope, checked), checked, to_findings(checked.findings), sorted(accumulated), covered)


def _refuse_too_many_rows(work: Work, raw: RawTable) -> None:
    settings = work.service.settings
    assert isinstance(settings, IndicatorsSettings)  # noqa: S101 - this service is built with these settings
    if raw.frame.height > settings.submission_limit_rows:
        raise Problem(413, "rows_too_many", {"limit": str(settings.submission_limit_rows)})
    if raw.frame.is_empty():
        raise Problem(422, "return_empty", errors=[FieldError("/rows", "return_empty")])


async def _references(
    work: Work, envelope: Envelope, table: pl.DataFrame
) -> tuple[references.References, frozenset[int]]:
    words = {name: table[name].unique(maintain_order=True).to_list() for name in ("unit", "period", "indicator")}
    own = None if work.caller.region else frozenset(work.caller.units)
    units = await references.unit_table(work.connection, words["unit"], envelope.form.unit_kind, own)
    periods = references.period_table(words["period"], envelope.form.period_kind, envelope.starts_on, envelope.ends_on)
    # With no period in order there is still one day, so that no indicator is called unknown for that.
    days = periods["effective_on"].drop_nulls().unique().sort().to_list() or [envelope.ends_on]
    series, accumulated = await references.series_table(work.connection, envelope.form.form_no, days)
    dates = codes_as_dates(words["indicator"], set(envelope.form.indicators))
    return references.References(units, periods, series, dates, accumulated), accumulated


async def _with_foreign_coverage(
    work: Work, envelope: Envelope, current: AnyRow, checked: CheckedReturn
) -> CheckedReturn:
    """Adds a finding for every unit and period that another return already reports: nothing may count twice."""
    taken = await store.covered_elsewhere(work.connection, envelope.form.form_no, current.return_no)
    if not taken:
        return checked
    rows = pl.DataFrame(
        [(row, f"{unit}, {day}") for unit, day, row in taken],
        schema={"row_no": pl.Int32, "taken": pl.String},
        orient="row",
    )
    found = findings_of(rows, "unit", "reported_elsewhere", expected=pl.col("taken"))
    return CheckedReturn(checked.rows, in_order([checked.findings, found]), checked.row_count)


def _with_lateness(envelope: Envelope, checked: CheckedReturn) -> CheckedReturn:
    whole = pl.DataFrame({"row_no": [None]}, schema={"row_no": pl.Int32})
    late = findings_of(whole, None, WARNING_FOR_LATE, expected=envelope.period, severity="warning")
    return CheckedReturn(checked.rows, pl.concat([checked.findings, late]), checked.row_count)


def _outcome(envelope: Envelope, checked: CheckedReturn) -> str:
    if checked.error_count == 0:
        return "accepted" if checked.findings.is_empty() else "accepted_with_warnings"
    foreign = checked.findings.filter(pl.col("code") == "reported_elsewhere").height
    takes_part = envelope.form.partial and checked.rows.height > 0
    return "partially_accepted" if takes_part and not foreign and not checked.holds_personal_numbers else "rejected"


async def _accept(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, judged: _Judged
) -> Outcome:
    connection, unit_no = work.connection, envelope.unit.unit_no
    submission_no = await queries.next_submission_no(connection)
    version = current.current_version + 1
    # A correction may leave a voivodeship out altogether: its readers must look anew too.
    replaced = current.current_submission_no
    former = await store.covered_voivodeships(connection, current.return_no) if replaced else set[int]()
    packed = await _store_rows(work, envelope, upload, current, judged, submission_no)
    await queries.make_current(connection, current.return_no, version, submission_no)
    await queries.keep_file(connection, unit_no, digest, len(upload.content), packed)
    await queries.findings.add(connection, submission_no, judged.findings, unit_no=unit_no)
    values: dict[str, Any] = _header(work, envelope, upload, digest, current, judged)
    values |= {"submission_no": submission_no, "version": version}
    touched = sorted(former | _voivodeships(judged.checked))
    families = tuple(f"observations:{code:02d}" for code in touched)
    before = {"submission_no": replaced, "version": current.current_version} if replaced else None
    await work.record(_change(envelope, values, (*families, "submissions"), before), FactHeader(submission, values))
    return Outcome(judged.outcome, values["id"], judged.checked, judged.findings)


async def _store_rows(
    work: Work, envelope: Envelope, upload: Upload, current: AnyRow, judged: _Judged, submission_no: int
) -> bytes:
    """Facts, what they cover, and the rollup; returns the file packed meanwhile."""
    connection, size = work.connection, len(upload.content)
    # Both run beside the insert, on another core: the server works on one.
    packing = asyncio.create_task(beside(size, _compress, upload.content))
    summing = asyncio.create_task(beside(size, store.powiat_totals, judged.checked.rows, judged.accumulated))
    await rollup.note_states(connection, judged.accumulated, current.current_submission_no)
    await store.insert_observations(connection, submission_no)
    await _claim(work, envelope, current, judged, submission_no)
    await store.stage_totals(connection, await summing)
    await rollup.roll_up(connection, judged.accumulated, current.current_submission_no)
    return await packing


async def _claim(work: Work, envelope: Envelope, current: AnyRow, judged: _Judged, submission_no: int) -> None:
    """Claims the units and periods of the rows. Raises 409 when another return was faster with one of them."""
    connection, unit_no = work.connection, envelope.unit.unit_no
    if current.current_submission_no:
        await store.release(connection, current.return_no)
    if set(judged.checked.rows["unit_no"].unique()) - {unit_no}:
        await store.speak_for(connection, submission_no, unit_no)
    claimed = await store.cover(connection, envelope.form.form_no, current.return_no, submission_no)
    if claimed != judged.covered:
        raise Problem(409, "coverage_raced", headers={"Retry-After": "1"})


async def _keep_attempt(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, judged: _Judged
) -> Outcome:
    """A refused return leaves its header and findings, no observation and no file."""
    submission_no = await queries.next_submission_no(work.connection)
    await queries.findings.add(work.connection, submission_no, judged.findings, unit_no=envelope.unit.unit_no)
    # The hash of a one-row file with a personal number could be searched for the number: it is not kept.
    kept_digest = b"" if judged.checked.holds_personal_numbers else digest
    values: dict[str, Any] = _header(work, envelope, upload, kept_digest, current, judged) | {
        "submission_no": submission_no
    }
    values |= {"accepted_count": 0, "missing_count": 0, "version": None}
    await work.record(_change(envelope, values, ("submissions",), None), FactHeader(submission, values))
    return Outcome("rejected", values["id"], judged.checked, judged.findings)


def _header(
    work: Work, envelope: Envelope, upload: Upload, digest: bytes, current: AnyRow, judged: _Judged
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "return_no": current.return_no,
        "unit_no": envelope.unit.unit_no,
        "form_no": envelope.form.form_no,
        "form_version": envelope.form.version,
        "period": envelope.period,
        "outcome": judged.outcome,
        "row_count": judged.checked.row_count,
        "accepted_count": judged.checked.rows.height,
        "missing_count": judged.checked.rows["value"].null_count(),
        "finding_count": judged.checked.findings.height,
        "sha256": digest,
        "media_type": upload.media_type,
        "sender": work.caller.client,
        "reason": upload.reason,
        "received_at": work.now,
    }


def _change(
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


def _voivodeships(checked: CheckedReturn) -> set[int]:
    return set(checked.rows["voivodeship"].unique().to_list())


def _compress(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(content)
