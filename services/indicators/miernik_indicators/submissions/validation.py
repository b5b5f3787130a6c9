"""Validation of a return: read the table, check its rows as a set, decide the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from miernik_indicators.settings import IndicatorsSettings
from miernik_indicators.submissions import references
from miernik_indicators.submissions.check import CheckedReturn, check_return, fill_from_envelope, read_values
from miernik_indicators.submissions.columns import RETURN
from miernik_indicators.submissions.completeness import find_absent_indicators
from miernik_indicators.submissions.envelope import Envelope
from miernik_indicators.submissions.queries import coverage, staging
from miernik_indicators.submissions.upload import Upload
from miernik_shared.offload import run_in_thread_if_large
from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.findings import (
    TableFinding,
    build_findings,
    build_type_findings,
    findings_from_table,
    sort_findings,
)
from miernik_shared.uploads.media import RawTable, read_table
from miernik_shared.uploads.reading_account import Reading
from miernik_shared.uploads.spreadsheets import match_dates_to_codes
from miernik_shared.uploads.unlikely_rows import CONFIRM, drop_unlikely_of_refused_rows
from miernik_shared.web.readings import render_reading
from miernik_shared.web.unit_of_work import UnitOfWork

WARNING_FOR_LATE = "return_late"
FACTOR, LEAST = 100, 1000
"""Times a unit's last value, and amount above it, from which on a value needs a confirmation.

24 000 for 24 is a misread separator, or thousands where units are asked for. A unit that grows from 1 person to 150 is
small, not wrong.
"""
_WHOLE = pl.DataFrame({"row_no": [None]}, schema={"row_no": pl.Int32})
"""Row of a finding about the whole return."""


@dataclass(frozen=True, slots=True)
class ValidatedReturn:
    """A validated return. Its valid rows are staged in the transaction's temporary tables."""

    outcome: str
    checked: CheckedReturn
    findings: Sequence[TableFinding]
    accumulated: Sequence[int]
    """Series aggregated by ``last`` or ``max``."""
    covered: int
    """Number of units and periods that the valid rows cover."""
    reading: Reading


async def validate_return(work: UnitOfWork, envelope: Envelope, upload: Upload, return_no: int) -> ValidatedReturn:
    """Read, check and stage a return.

    Raises 400 for a file that cannot be parsed, 413 for too many rows, 422 for none.
    """
    size = len(upload.content)
    most_rows = _read_row_limit(work)
    shape = replace(RETURN, known=frozenset(envelope.form.indicators), most_rows=most_rows)
    raw = await run_in_thread_if_large(size, read_table, shape, upload.content, upload.media_type, upload.charset)
    _require_row_count(work, raw, most_rows)
    table = await run_in_thread_if_large(size, fill_from_envelope, raw, envelope.unit.code, envelope.period)
    tables, accumulated = await _load_references(work, envelope, table)
    values = await run_in_thread_if_large(
        size, read_values, table["value"], envelope.notation, upload.decimal, exact=raw.exact
    )
    found = [*raw.findings, *build_type_findings(raw.wrong_types)]
    checked = await run_in_thread_if_large(
        size, check_return, table, tables, values, found, complete=envelope.form.complete
    )
    covered = await staging.stage_rows(work.connection, checked.rows)
    checked = await _add_coverage_conflicts(work, envelope, return_no, checked)
    checked = await _add_unlikely_values(work, envelope, checked)
    if not envelope.form.complete and _decide_outcome(envelope, checked) != "rejected":
        # Not for a rejected return: an indicator may be absent because its code is mistyped.
        absent = find_absent_indicators(checked.absent, "warning")
        checked = replace(checked, findings=sort_findings([checked.findings, absent]))
    if envelope.late and _decide_outcome(envelope, checked) != "rejected":
        checked = _add_lateness_warning(envelope, checked)
    findings = findings_from_table(checked.findings)
    reading = raw.reading.with_decimal(values.told.decimal)
    return ValidatedReturn(_decide_outcome(envelope, checked), checked, findings, sorted(accumulated), covered, reading)


def _read_row_limit(work: UnitOfWork) -> int:
    settings = work.service.settings
    assert isinstance(settings, IndicatorsSettings)  # noqa: S101 - this service is built with these settings
    return settings.submission_limit_rows


def _require_row_count(work: UnitOfWork, raw: RawTable, most_rows: int) -> None:
    if raw.frame.height > most_rows:
        raise Problem(413, "rows_too_many", {"limit": str(most_rows)})
    if raw.frame.is_empty():
        members = {"reading": render_reading(work, raw.reading).model_dump(mode="json")}
        raise Problem(422, "return_empty", errors=[FieldError("/rows", "return_empty")], members=members)


async def _load_references(
    work: UnitOfWork, envelope: Envelope, table: pl.DataFrame
) -> tuple[references.References, frozenset[int]]:
    texts = {name: table[name].unique(maintain_order=True).to_list() for name in ("unit", "period", "indicator")}
    own = None if work.caller.region else frozenset(work.caller.units)
    form = envelope.form
    units = await references.build_unit_table(work.connection, texts["unit"], form.unit_kind, own)
    periods = references.build_period_table(texts["period"], form.period_kind, envelope.starts_on, envelope.ends_on)
    # Without a valid period one day is still needed: else every indicator would be reported as unknown, too.
    days = periods["effective_on"].drop_nulls().unique().sort().to_list() or [envelope.ends_on]
    series, accumulated, expected = await references.build_series_table(work.connection, form.form_no, days)
    dates = match_dates_to_codes(texts["indicator"], set(form.indicators))
    return references.References(units, periods, series, dates, accumulated, expected), accumulated


async def _add_coverage_conflicts(
    work: UnitOfWork, envelope: Envelope, return_no: int, checked: CheckedReturn
) -> CheckedReturn:
    """Add a finding for every unit and period that another return reports: nothing may count twice."""
    conflicts = await coverage.find_conflicts(work.connection, envelope.form.form_no, return_no)
    if not conflicts:
        return checked
    rows = pl.DataFrame(
        [(row, f"{unit}, {day}") for unit, day, row in conflicts],
        schema={"row_no": pl.Int32, "covered": pl.String},
        orient="row",
    )
    found = build_findings(rows, "unit", "reported_elsewhere", expected=pl.col("covered"))
    return replace(checked, findings=sort_findings([checked.findings, found]))


async def _add_unlikely_values(work: UnitOfWork, envelope: Envelope, checked: CheckedReturn) -> CheckedReturn:
    """Add findings that need a confirmation: values far above the unit's last ones, a period that has not ended."""
    far = await staging.find_values_far_above_former(work.connection, envelope.form.form_no, FACTOR, LEAST)
    schema = {"row_no": pl.Int32, "value": pl.String, "former": pl.String}
    rows = pl.DataFrame(far, schema=schema, orient="row")
    found = [_mark_unlikely(rows, "value", "value_far_above_former", pl.col("value"), pl.col("former"))]
    if envelope.ends_on > work.today:
        period, last = pl.lit(envelope.period), pl.lit(envelope.ends_on.isoformat())
        found.append(_mark_unlikely(_WHOLE, None, "period_not_ended", period, last))
    findings = drop_unlikely_of_refused_rows(sort_findings([checked.findings, *found]))
    return replace(checked, findings=findings)


def _mark_unlikely(rows: pl.DataFrame, column: str | None, code: str, seen: pl.Expr, expected: pl.Expr) -> pl.DataFrame:
    found = build_findings(rows, column, code, expected=expected, severity=CONFIRM)
    # Numbers and periods are no personal data and may be repeated, even if their digits look like a PESEL.
    return found.with_columns(rows.select(seen.alias("seen"))["seen"])


def _add_lateness_warning(envelope: Envelope, checked: CheckedReturn) -> CheckedReturn:
    late = build_findings(_WHOLE, None, WARNING_FOR_LATE, expected=envelope.period, severity="warning")
    return replace(checked, findings=pl.concat([checked.findings, late]))


def _decide_outcome(envelope: Envelope, checked: CheckedReturn) -> str:
    """Accepted, partially accepted (only if the form allows it) or rejected.

    Never partial: a return that conflicts with another one, or of which no row can be taken alone.
    """
    if checked.error_count == 0:
        return "accepted" if checked.findings.is_empty() else "accepted_with_warnings"
    conflicts = checked.findings.filter(pl.col("code") == "reported_elsewhere").height
    partial = envelope.form.partial and checked.rows.height > 0
    return "partially_accepted" if partial and not conflicts and not checked.is_refused_whole else "rejected"
