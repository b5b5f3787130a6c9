"""Announcing and changing calls for proposals."""

from collections.abc import Sequence
from typing import Any

from miernik_calls.calls import queries
from miernik_calls.calls.models import call, call_version
from miernik_calls.calls.rules import date_faults, first_day, month_of, planned_signing_faults
from miernik_calls.calls.schemas import Call, CallState, NewCall
from miernik_calls.programme.queries import find_by_code
from miernik_calls.small_keys import next_number
from miernik_calls.tables import tables
from miernik_calls.versions import identifiers, lock, refuse, refuse_if_match_of_nothing, version_etag
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, joined
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.work import Work

external_ids = ExternalIdentifiers(tables.external_identifier, "call")
FAMILY = "calls"
_MONTHS = ("planned_signing_from", "planned_signing_to")


async def announce_call(work: Work, new: NewCall, address: ExternalId | None = None) -> Call:
    """Adds a call. Raises 422 for an unknown node or dates that cannot be, 409 for a number that is taken."""
    office = new.office or work.service.settings.home_voivodeship
    node = await _checked_node(work, office, new)
    await _refuse_taken_number(work, office, new.number, None)
    known = identifiers(new.external_ids, address)
    made = Call(
        id=new_id(), office=office, node_id=node.id if node else None, version=1, external_ids=joined((), known),
        **_state(new),
    )  # fmt: skip
    await external_ids.add(work.connection, made.id, known)
    call_no = await next_number(work.connection, call)
    identity = FactHeader(call, {"call_no": call_no, "id": made.id, "office": office})
    await work.record(_change("call.announced", made, None), identity, _version_header(call_no, made, node))
    return made


async def change_call(work: Work, row: AnyRow, state: CallState, further: Sequence[ExternalId] = ()) -> Call:
    """Appends a version of a call. Needs ``If-Match``; an equal state changes nothing."""
    await lock(work.connection, "call", str(row.id))
    row = await queries.find_by_id(work.connection, row.id) or row
    work.require_match(version_etag(row.version))
    node = await _checked_node(work, row.office, state)
    known = (await external_ids.of(work.connection, [row.id]))[row.id]
    before = call_of(row, known)
    external = joined(known, further)
    if _state(before) == _state(state) and len(external) == len(known):
        work.unchanged = True
        return before
    if state.valid_from < row.valid_from:
        raise Problem(409, "version_not_later", {"valid_from": row.valid_from.isoformat()})
    await _refuse_taken_number(work, row.office, state.number, row.call_no)
    await external_ids.add(work.connection, row.id, further)
    update = {"node_id": node.id if node else None, "external_ids": external, "version": row.version + 1}
    changed = before.model_copy(update=_state(state) | update)
    await work.record(_change("call.changed", changed, before), _version_header(row.call_no, changed, node))
    return changed


async def upsert_call(work: Work, address: ExternalId, new: NewCall) -> tuple[Call, bool]:
    """Announces or changes the call that another system knows under its own number. True if it was announced."""
    call_id = await external_ids.find(work.connection, address)
    if call_id is None:
        refuse_if_match_of_nothing(work.if_match)
        return await announce_call(work, new, address), True
    row = await queries.find_by_id(work.connection, call_id)
    if row is None:
        raise Problem(404, "call_not_found")
    if (new.office or work.service.settings.home_voivodeship) != row.office:
        raise Problem(409, "call_office_changed", {"office": row.office})
    return await change_call(work, row, new, new.external_ids), False


def call_of(row: AnyRow, known_ids: list[ExternalId]) -> Call:
    """The API's view of a row of :func:`queries.current_calls`."""
    values = columns_of(row)
    months = {name: month_of(values[name]) for name in _MONTHS}
    return Call.model_validate(values | months | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _checked_node(work: Work, office: str, state: CallState) -> AnyRow | None:
    faults = [
        *date_faults(state.announced_on, state.closes_on),
        *planned_signing_faults(state.planned_signing_from, state.planned_signing_to),
    ]
    node = await find_by_code(work.connection, office, state.node) if state.node else None
    if state.node and node is None:
        faults.append(FieldError("/node", "node_unknown", {"code": state.node, "office": office}))
    refuse(faults)
    return node


async def _refuse_taken_number(work: Work, office: str, number: str | None, own: int | None) -> None:
    """A number may change, and former versions keep theirs: its writers take turns, since no index can hold it."""
    if number is None:
        return
    await lock(work.connection, "call_number", f"{office}/{number}")
    holder = await queries.find_by_number(work.connection, office, number)
    if holder is not None and holder.call_no != own:
        params = {"number": number, "office": office}
        raise Problem(409, "call_number_taken", params, [FieldError("/number", "call_number_taken", params)])


def _state(source: CallState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in CallState.model_fields}


def _version_header(call_no: int, one: Call, node: AnyRow | None) -> FactHeader:
    values = {name: value for name, value in _state(one).items() if name != "node"}
    months = {name: first_day(values[name]) for name in _MONTHS}
    small_keys = {"call_no": call_no, "node_no": node.node_no if node else None, "version": one.version}
    return FactHeader(call_version, values | months | small_keys)


def _change(action: str, one: Call, before: Call | None) -> Change:
    after = one.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"calls/{one.id}", (FAMILY,), after, before=former, after=after)
