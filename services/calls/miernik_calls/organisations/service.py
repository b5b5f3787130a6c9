"""Registration of organisations and changes of their state."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from miernik_calls.organisations import queries
from miernik_calls.organisations.models import organisation, organisation_version
from miernik_calls.organisations.rules import compact_number, name_search_key, territory_key, validate_numbers
from miernik_calls.organisations.schemas import NewOrganisation, Organisation, OrganisationState
from miernik_calls.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.formats.sorting import polish_sort_key
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.territories.register import find_territory_errors
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.revisions import revise
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "organisation")
FAMILY = "organisations"


async def register_organisation(
    work: UnitOfWork, new: NewOrganisation, address: ExternalId | None = None
) -> Organisation:
    """Register an organisation. Raises 422 for wrong numbers, 409 for a REGON or external id in use."""
    refuse_invalid([*_validate_numbers(new), *await find_territory_errors(work, new.territory, work.today)])
    state = _state_to_store(new)
    await _refuse_taken_regon(work, state["regon"], None)
    known = include_address_id(new.external_ids, address)
    made = Organisation(id=new_id(), version=1, external_ids=merge_external_ids((), known), **state)
    await external_ids.add(work.connection, made.id, known)
    organisation_no = await next_key(work.connection, organisation)
    identity = PositionedRow(organisation, {"organisation_no": organisation_no, "id": made.id})
    change = _describe_change("organisation.registered", made, None)
    await work.record(change, identity, _version_row(organisation_no, made))
    return made


async def change_organisation(
    work: UnitOfWork, row: AnyRow, new: OrganisationState, further: Sequence[ExternalId] = ()
) -> Organisation:
    """Append a version of an organisation. Needs ``If-Match``; an equal state changes nothing.

    A territory that stays as it is is not checked again: its code may have ended since.
    """
    await lock_key(work.connection, "organisation", str(row.id))
    row = await find_organisation(work, row.id)
    state = _state_to_store(new)
    moved = new.territory if state["territory"] != row.territory else None
    errors = [*_validate_numbers(new), *await find_territory_errors(work, moved, work.today)]

    async def refuse_conflicts(_: Organisation) -> None:
        await _refuse_taken_regon(work, state["regon"], row.organisation_no)

    async def append_version(before: Organisation, after: Organisation) -> Organisation:
        change = _describe_change("organisation.changed", after, before)
        await work.record(change, _version_row(row.organisation_no, after))
        return after

    return await revise(
        work,
        row,
        state,
        external_ids=external_ids,
        render=render_organisation,
        errors=errors,
        check=refuse_conflicts,
        append=append_version,
        further=further,
    )


async def upsert_organisation(work: UnitOfWork, address: ExternalId, new: NewOrganisation) -> tuple[Organisation, bool]:
    """Register or change the organisation with an external id. The flag is true if it was registered."""
    organisation_id = await external_ids.find(work.connection, address)
    if organisation_id is None:
        work.refuse_if_match()
        return await register_organisation(work, new, address), True
    row = await find_organisation(work, organisation_id)
    return await change_organisation(work, row, new, new.external_ids), False


async def find_organisation(work: UnitOfWork, organisation_id: UUID) -> AnyRow:
    """Return the identity and latest version of an organisation. Raises 404."""
    row = await queries.find_by_id(work.connection, organisation_id)
    if row is None:
        raise not_found("organisation_not_found")
    return row


async def render_organisations(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[Organisation]:
    """API models of organisations, with their external ids."""
    known = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [render_organisation(row, known[row.id]) for row in rows]


def render_organisation(row: AnyRow, known_ids: list[ExternalId]) -> Organisation:
    """API model of a row of :func:`queries.select_current_organisations`."""
    return Organisation.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _refuse_taken_regon(work: UnitOfWork, regon: str | None, own: int | None) -> None:
    """Raise 409 for a REGON of another organisation.

    An advisory lock replaces a unique index, since former versions keep their REGON.
    """
    if regon is None:
        return
    await lock_key(work.connection, "regon", regon)
    holder = await queries.find_by_regon(work.connection, regon)
    if holder is not None and holder.organisation_no != own:
        raise conflict("regon_taken", at="/regon", existing={"organisation_id": holder.id}, regon=regon)


def _validate_numbers(state: OrganisationState) -> list[FieldError]:
    return list(validate_numbers(compact_number(state.nip), compact_number(state.regon), state.krs))


def _state_to_store(state: OrganisationState) -> dict[str, Any]:
    """State with NIP, REGON and territory reduced to digits, as far as they are valid."""
    numbers = {"nip": compact_number(state.nip), "regon": compact_number(state.regon)}
    return _state_of(state) | numbers | {"territory": territory_key(state.territory)}


def _state_of(source: OrganisationState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in OrganisationState.model_fields}


def _version_row(organisation_no: int, one: Organisation) -> PositionedRow:
    keys = {"sort_key": polish_sort_key(one.name), "search_key": name_search_key(one.name)}
    values = _state_of(one) | keys | {"organisation_no": organisation_no, "version": one.version}
    return PositionedRow(organisation_version, values)


def _describe_change(action: str, one: Organisation, before: Organisation | None) -> Change:
    after = one.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"organisations/{one.id}", (FAMILY,), after, before=former, after=after)
