"""Reading and replacing the lists of owing units."""

from collections.abc import Iterator, Sequence
from typing import Any

from miernik_indicators.forms.service import FAMILY, find_opened_period
from miernik_indicators.owing.models import owing_list
from miernik_indicators.owing.queries import lock_owing_units, recount_form
from miernik_indicators.owing_lists import queries
from miernik_indicators.owing_lists.schemas import OwingList, OwingListState
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow
from miernik_shared.problems import FieldError, not_found, refuse_invalid
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork


async def read_list(work: UnitOfWork, code: str, period: str) -> OwingList:
    """List of a form and period as known to this read. Raises 404 where there is none."""
    form, opened = await find_opened_period(work, code, period)
    found = await _find_list(work, form, opened.period)
    if found is None:
        raise not_found("owing_list_unknown")
    return found


async def replace_list(work: UnitOfWork, code: str, period: str, state: OwingListState) -> tuple[OwingList, bool]:
    """Append a version of a list. Returns it and whether it is the first one; a later one needs ``If-Match``.

    Raises 422 for a unit that is unknown, repeated, of another kind or was not active in the period.
    """
    await lock_key(work.connection, "form", code)
    form, opened = await find_opened_period(work, code, period)
    former = await _find_list(work, form, opened.period)
    if former is None:
        work.refuse_if_match()
    else:
        work.require_match(version_etag(former.version))
    units = await queries.find_units_with_codes(work.connection, state.units)
    refuse_invalid(list(_check_units(state.units, units, form, opened)))
    version = former.version + 1 if former else 1
    replaced = OwingList(form=code, period=opened.period, version=version, units=sorted(state.units))
    if former is not None and former.units == replaced.units:
        work.unchanged = True
        return former, False
    await _store_list(work, form.form_no, replaced, former, [units[one].unit_no for one in replaced.units])
    return replaced, former is None


async def _store_list(
    work: UnitOfWork, form_no: int, replaced: OwingList, former: OwingList | None, units: Sequence[int]
) -> None:
    key = {"form_no": form_no, "period": replaced.period, "version": replaced.version}
    await lock_owing_units(work.connection)
    await queries.insert_units(work.connection, form_no, replaced.period, replaced.version, units)
    await work.record(_build_change(replaced, former), PositionedRow(owing_list, key))
    await recount_form(work.connection, form_no)


async def _find_list(work: UnitOfWork, form: AnyRow, period: str) -> OwingList | None:
    version = await queries.find_list_version(work.connection, form.form_no, period, work.read_position)
    if version is None:
        return None
    units = await queries.list_units_of_list(work.connection, form.form_no, period, version)
    return OwingList(form=form.code, period=period, version=version, units=units)


def _check_units(codes: Sequence[str], units: dict[str, AnyRow], form: AnyRow, period: AnyRow) -> Iterator[FieldError]:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        fault = "unit_repeated" if code in seen else _find_fault(units.get(code), form, period)
        seen.add(code)
        if fault:
            params = {"code": code, "kind": form.unit_kind, "period": period.period}
            yield FieldError(f"/units/{index}", fault, params)


def _find_fault(unit: AnyRow | None, form: AnyRow, period: AnyRow) -> str | None:
    if unit is None:
        return "listed_unit_unknown"
    if unit.kind != form.unit_kind:
        return "listed_unit_of_other_kind"
    closed = unit.active_to is not None and unit.active_to < period.starts_on
    return "listed_unit_not_active" if closed or unit.active_from > period.ends_on else None


def _build_change(replaced: OwingList, former: OwingList | None) -> Change:
    subject = f"forms/{replaced.form}/periods/{replaced.period}/owing-list"
    after: dict[str, Any] = replaced.model_dump(mode="json")
    event = after | {"units": len(replaced.units)}
    before = former.model_dump(mode="json") if former else None
    return Change("owing-list.replaced", subject, (FAMILY,), event, before=before, after=after)
