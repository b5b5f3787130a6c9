"""Creation and changes of forms, opening of periods."""

from collections.abc import Sequence
from typing import Any

from miernik_indicators.forms import queries
from miernik_indicators.forms.models import form, form_indicator, form_period, form_version
from miernik_indicators.forms.schemas import Form, FormPeriod, FormState, NewForm, PeriodState
from miernik_indicators.owing.queries import lock_owing_units, recount_form
from miernik_indicators.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem, conflict, invalid, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.period import Period
from miernik_shared.values.plausible_days import OPEN_ENDED, planned_days
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "form")
FAMILY = "forms"


async def make_form(work: UnitOfWork, new: NewForm) -> Form:
    """Add a form. Raises 409 for a duplicate code or an indicator that another form collects."""
    await lock_key(work.connection, "form", new.code)
    if await queries.find_form(work.connection, new.code):
        raise conflict("form_code_taken", at="/code", code=new.code)
    link_indicators = await _load_new_indicators(work, new, None)
    made = Form(
        **_state_values(new),
        id=new_id(),
        code=new.code,
        version=1,
        external_ids=merge_external_ids((), new.external_ids),
    )
    await external_ids.add(work.connection, made.id, new.external_ids)
    form_no = await next_key(work.connection, form)
    identity = PositionedRow(form, {"form_no": form_no, "id": made.id, "code": new.code})
    await work.record(
        _build_change("form.made", made, None), identity, _version_row(form_no, made), *link_indicators(form_no)
    )
    return made


async def change_form(work: UnitOfWork, code: str, state: FormState) -> Form:
    """Append a version of a form. Needs ``If-Match``. Indicators may be added, none may be dropped."""
    await lock_key(work.connection, "form", code)
    row = await find_form(work, code)
    work.require_match(version_etag(row.version))
    if dropped := set(row.indicators) - set(state.indicators):
        errors = [FieldError("/indicators", "indicator_dropped", {"code": one}) for one in sorted(dropped)]
        raise Problem(409, "indicator_dropped", {"code": min(dropped)}, errors)
    if (state.unit_kind, state.period_kind) != (row.unit_kind, row.period_kind):
        # Half-years and years of one form would overlap and count twice.
        raise conflict("form_kind_changed", code=code)
    (before,) = await render_forms(work, [row])
    link_indicators = await _load_new_indicators(work, state, code)
    changed = before.model_copy(update=_state_values(state) | {"version": row.version + 1})
    headers = link_indicators(row.form_no)
    others_owe = changed.owed_by != before.owed_by
    if others_owe:
        await lock_owing_units(work.connection)
    await work.record(_build_change("form.changed", changed, before), _version_row(row.form_no, changed), *headers)
    if others_owe:
        await recount_form(work.connection, row.form_no)
    return changed


async def open_period(work: UnitOfWork, code: str, period: str, state: PeriodState) -> tuple[FormPeriod, bool]:
    """Open a period, or change its days (needs ``If-Match``). Returns the period and whether it was opened."""
    await lock_key(work.connection, "form", code)
    row = await find_form(work, code)
    parsed = _parse_period(period, row.period_kind)
    _refuse_impossible_days(work, parsed, state)
    existing = await queries.find_period(work.connection, row.form_no, str(parsed))
    if existing:
        work.require_match(version_etag(existing.version))
    version = existing.version + 1 if existing else 1
    opened = FormPeriod(form=code, period=str(parsed), starts_on=parsed.starts_on, ends_on=parsed.ends_on,
                        version=version, **state.model_dump())  # fmt: skip
    values = opened.model_dump(exclude={"form"}) | {"form_no": row.form_no}
    if existing is None:
        await lock_owing_units(work.connection)
    await work.record(_build_period_change(opened, existing), PositionedRow(form_period, values))
    if existing is None:
        await recount_form(work.connection, row.form_no)
    return opened, existing is None


async def find_opened_period(work: UnitOfWork, code: str, period: str) -> tuple[AnyRow, AnyRow]:
    """Form and opened period. Raises 404 for an unknown form or a period that was not opened, 422 for another text."""
    row = await find_form(work, code)
    opened = await queries.find_period(work.connection, row.form_no, str(_parse_period(period, row.period_kind)))
    if opened is None:
        raise not_found("form_period_unknown")
    return row, opened


async def find_form(work: UnitOfWork, code: str) -> AnyRow:
    """Latest version of a form. Raises 404."""
    row = await queries.find_form(work.connection, code)
    if row is None:
        raise not_found("form_unknown")
    return row


async def render_forms(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Form]:
    """API models of forms, with their external ids."""
    identifiers = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [render_form(row, identifiers[row.id]) for row in rows]


def render_form(row: AnyRow, identifiers: list[ExternalId]) -> Form:
    """API model built from a row of a form."""
    values = columns_of(row) | {"external_ids": identifiers, "indicators": sorted(row.indicators)}
    return Form.model_validate(values, extra="ignore", context=STORED)


async def _load_new_indicators(work: UnitOfWork, state: FormState, own_code: str | None) -> "_IndicatorRows":
    rows = {row.code: row for row in await queries.find_collecting_forms(work.connection, state.indicators)}
    refuse_invalid(
        [
            FieldError(f"/indicators/{index}", "indicator_not_found", {"code": code})
            for index, code in enumerate(state.indicators)
            if code not in rows
        ]
    )
    for row in rows.values():
        if row.form not in (None, own_code):
            raise conflict("indicator_collected_elsewhere", code=row.code, form=row.form)
    return _IndicatorRows([row.indicator_no for row in rows.values() if row.form is None])


class _IndicatorRows:
    """Factory of the rows that link new indicators to a form, called once the key of the form is drawn."""

    def __init__(self, numbers: list[int]) -> None:
        self._numbers = numbers

    def __call__(self, form_no: int) -> list[PositionedRow]:
        return [PositionedRow(form_indicator, {"indicator_no": one, "form_no": form_no}) for one in self._numbers]


def _refuse_impossible_days(work: UnitOfWork, period: Period, state: PeriodState) -> None:
    days = {"/opens_on": state.opens_on, "/due_on": state.due_on, "/closes_on": state.closes_on}
    span = {"/path/period": period.starts_on}
    refuse_invalid([*planned_days(work.today).find_faults(span), *OPEN_ENDED.find_faults(days)])


def _parse_period(text: str, kind: str) -> Period:
    try:
        period = Period.parse(text)
    except ValueError as error:
        raise invalid("/path/period", "period_malformed") from error
    if period.kind != kind:
        raise invalid("/path/period", "period_of_other_kind", kind=kind)
    return period


def _state_values(source: FormState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in FormState.model_fields}


def _version_row(form_no: int, made: Form) -> PositionedRow:
    values = _state_values(made) | {
        "form_no": form_no,
        "version": made.version,
        "number_format": made.number_format.model_dump(),
    }
    values.pop("indicators")
    return PositionedRow(form_version, values)


def _build_change(action: str, made: Form, before: Form | None) -> Change:
    after = made.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"forms/{made.code}", (FAMILY,), after, before=former, after=after)


def _build_period_change(opened: FormPeriod, existing: AnyRow | None) -> Change:
    after = opened.model_dump(mode="json")
    before = None
    if existing:
        days = {name: getattr(existing, name) for name in ("opens_on", "due_on", "closes_on")}
        before = opened.model_copy(update=days | {"version": existing.version}).model_dump(mode="json")
    subject = f"forms/{opened.form}/periods/{opened.period}"
    return Change("period.opened", subject, (FAMILY,), after, before=before, after=after)
