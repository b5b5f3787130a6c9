"""Announcement and changes of calls for proposals."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from miernik_calls.calls import queries
from miernik_calls.calls.models import call, call_version
from miernik_calls.calls.rules import first_day, month_of, validate_dates, validate_planned_signing
from miernik_calls.calls.schemas import Call, CallState, NewCall
from miernik_calls.programme.queries import find_by_code, read_starts
from miernik_calls.programme.rules import find_start
from miernik_calls.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.identity import identity_key
from miernik_shared.values.plausible_days import find_days_before, planned_days
from miernik_shared.web.revisions import revise
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "call")
FAMILY = "calls"
_MONTHS = ("planned_signing_from", "planned_signing_to")


async def announce_call(work: UnitOfWork, new: NewCall, address: ExternalId | None = None) -> Call:
    """Add a call. Raises 422 for an unknown node or impossible dates, 409 for a number in use."""
    office = new.office or work.service.settings.home_voivodeship
    node, errors = await _validate_state(work, office, new)
    refuse_invalid(errors)
    await _refuse_taken_number(work, office, new.number)
    await _require_confirmation(work, office, new, node)
    known = include_address_id(new.external_ids, address)
    made = Call(
        id=new_id(), office=office, node_id=node.id if node else None, version=1,
        external_ids=merge_external_ids((), known), **_state_of(new),
    )  # fmt: skip
    await external_ids.add(work.connection, made.id, known)
    call_no = await next_key(work.connection, call)
    identity = PositionedRow(call, {"call_no": call_no, "id": made.id, "office": office})
    await queries.claim_number(work.connection, office, _key_of(new.number), call_no)
    await work.record(_describe_change("call.announced", made, None), identity, _version_row(call_no, made, node))
    return made


async def change_call(work: UnitOfWork, row: AnyRow, state: CallState, further: Sequence[ExternalId] = ()) -> Call:
    """Append a version of a call. Needs ``If-Match``; an equal state changes nothing."""
    await lock_key(work.connection, "call", str(row.id))
    row = await find_call(work, row.id)
    node, errors = await _validate_state(work, row.office, state)

    async def refuse_conflicts(before: Call) -> None:
        if state.valid_from < before.valid_from:
            raise conflict("version_not_later", valid_from=before.valid_from.isoformat())
        if _key_of(state.number) != row.number_key:
            await _refuse_taken_number(work, row.office, state.number)
        await _require_confirmation(work, row.office, state, node, before)

    async def append_version(before: Call, after: Call) -> Call:
        if (key := _key_of(after.number)) != row.number_key:
            await queries.claim_number(work.connection, row.office, key, row.call_no)
        await work.record(_describe_change("call.changed", after, before), _version_row(row.call_no, after, node))
        return after

    return await revise(
        work,
        row,
        _state_of(state) | {"node_id": node.id if node else None},
        external_ids=external_ids,
        render=render_call,
        errors=errors,
        check=refuse_conflicts,
        append=append_version,
        further=further,
    )


async def upsert_call(work: UnitOfWork, address: ExternalId, new: NewCall) -> tuple[Call, bool]:
    """Announce or change the call with an external id. The flag is true if it was announced."""
    call_id = await external_ids.find(work.connection, address)
    if call_id is None:
        work.refuse_if_match()
        return await announce_call(work, new, address), True
    row = await find_call(work, call_id)
    if (new.office or work.service.settings.home_voivodeship) != row.office:
        raise conflict("call_office_changed", office=row.office)
    return await change_call(work, row, new, new.external_ids), False


async def find_call(work: UnitOfWork, call_id: UUID) -> AnyRow:
    """Return the identity and latest version of a call. Raises 404."""
    row = await queries.find_by_id(work.connection, call_id)
    if row is None:
        raise not_found("call_not_found")
    return row


async def render_calls(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Call]:
    """API models of calls, with their external ids."""
    known = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [render_call(row, known[row.id]) for row in rows]


def render_call(row: AnyRow, known_ids: list[ExternalId]) -> Call:
    """API model of a row of :func:`queries.select_current_calls`."""
    values = columns_of(row)
    months = {name: month_of(values[name]) for name in _MONTHS}
    return Call.model_validate(values | months | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _validate_state(work: UnitOfWork, office: str, state: CallState) -> tuple[AnyRow | None, list[FieldError]]:
    """Return the node named by the state, if any, and the errors of the state."""
    errors = [
        *validate_dates(state.announced_on, state.closes_on),
        *validate_planned_signing(state.planned_signing_from, state.planned_signing_to),
        *planned_days(work.today).find_faults(_list_days(state) | {"/valid_from": state.valid_from}),
    ]
    node = await find_by_code(work.connection, office, state.node) if state.node else None
    if state.node and node is None:
        errors.append(FieldError("/node", "node_unknown", {"code": state.node, "office": office}))
    return node, errors


def _list_days(state: CallState) -> dict[str, date | None]:
    """Days of a call by the pointer of their field; a month is represented by its first day."""
    days = {f"/{name}": getattr(state, name) for name in ("announced_on", "closes_on")}
    return days | {f"/{name}": first_day(getattr(state, name)) for name in _MONTHS}


async def _require_confirmation(
    work: UnitOfWork, office: str, state: CallState, node: AnyRow | None, before: CallState | None = None
) -> None:
    """Raise 422 for unconfirmed days before the programme, of those that change."""
    former = _list_days(before) if before else {}
    changed = {pointer: day for pointer, day in _list_days(state).items() if day != former.get(pointer)}
    starts = await read_starts(work.connection, office)
    work.require_confirmation(list(find_days_before(changed, find_start(starts, node.node_no if node else None))))


async def _refuse_taken_number(work: UnitOfWork, office: str, number: str | None) -> None:
    """Raise 409 for a number of another call, in any spelling."""
    key = _key_of(number)
    if key is None:
        return
    await lock_key(work.connection, "call_number", f"{office}/{key}")
    if holders := await queries.find_by_number(work.connection, office, key):
        existing = {"call_id": holders[0].id}
        raise conflict("call_number_taken", at="/number", existing=existing, number=holders[0].number, office=office)


def _key_of(number: str | None) -> str | None:
    return identity_key(number) if number is not None else None


def _state_of(source: CallState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in CallState.model_fields}


def _version_row(call_no: int, one: Call, node: AnyRow | None) -> PositionedRow:
    values = {name: value for name, value in _state_of(one).items() if name != "node"}
    values |= {"number_key": _key_of(one.number)}
    months = {name: first_day(values[name]) for name in _MONTHS}
    keys = {"call_no": call_no, "node_no": node.node_no if node else None, "version": one.version}
    return PositionedRow(call_version, values | months | keys)


def _describe_change(action: str, one: Call, before: Call | None) -> Change:
    after = one.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"calls/{one.id}", (FAMILY,), after, before=former, after=after)
