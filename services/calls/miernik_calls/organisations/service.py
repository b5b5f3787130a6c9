"""Registering and changing organisations."""

from collections.abc import Sequence
from typing import Any

from miernik_calls.organisations import queries
from miernik_calls.organisations.models import organisation, organisation_version
from miernik_calls.organisations.rules import compacted, number_faults, territory_faults, territory_key
from miernik_calls.organisations.schemas import NewOrganisation, Organisation, OrganisationState
from miernik_calls.small_keys import next_number
from miernik_calls.tables import tables
from miernik_calls.versions import identifiers, lock, refuse, refuse_if_match_of_nothing, version_etag
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, joined
from miernik_shared.formats.sorting import polish_sort_key, search_key
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.work import Work

external_ids = ExternalIdentifiers(tables.external_identifier, "organisation")
FAMILY = "organisations"


async def register_organisation(work: Work, new: NewOrganisation, address: ExternalId | None = None) -> Organisation:
    """Registers an organisation. Raises 422 for wrong numbers, 409 for a REGON or external id that is taken."""
    state = _checked(new)
    await _refuse_taken_regon(work, state["regon"], None)
    known = identifiers(new.external_ids, address)
    made = Organisation(id=new_id(), version=1, external_ids=joined((), known), **state)
    await external_ids.add(work.connection, made.id, known)
    number = await next_number(work.connection, organisation)
    identity = FactHeader(organisation, {"organisation_no": number, "id": made.id})
    await work.record(_change("organisation.registered", made, None), identity, _version_header(number, made))
    return made


async def change_organisation(
    work: Work, row: AnyRow, new: OrganisationState, further: Sequence[ExternalId] = ()
) -> Organisation:
    """Appends a version of an organisation. Needs ``If-Match``; an equal state changes nothing."""
    await lock(work.connection, "organisation", str(row.id))
    row = await queries.find_by_id(work.connection, row.id) or row
    work.require_match(version_etag(row.version))
    state = _checked(new)
    known = (await external_ids.of(work.connection, [row.id]))[row.id]
    before = organisation_of(row, known)
    external = joined(known, further)
    if _state(before) == state and len(external) == len(known):
        work.unchanged = True
        return before
    await _refuse_taken_regon(work, state["regon"], row.organisation_no)
    await external_ids.add(work.connection, row.id, further)
    changed = before.model_copy(update={**state, "external_ids": external, "version": row.version + 1})
    header = _version_header(row.organisation_no, changed)
    await work.record(_change("organisation.changed", changed, before), header)
    return changed


async def upsert_organisation(work: Work, address: ExternalId, new: NewOrganisation) -> tuple[Organisation, bool]:
    """Registers or changes the organisation that another system knows. True if it was registered."""
    organisation_id = await external_ids.find(work.connection, address)
    if organisation_id is None:
        refuse_if_match_of_nothing(work.if_match)
        return await register_organisation(work, new, address), True
    row = await queries.find_by_id(work.connection, organisation_id)
    if row is None:
        raise Problem(404, "organisation_not_found")
    return await change_organisation(work, row, new, new.external_ids), False


def organisation_of(row: AnyRow, known_ids: list[ExternalId]) -> Organisation:
    """The API's view of a row of :func:`queries.current_organisations`."""
    return Organisation.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _refuse_taken_regon(work: Work, regon: str | None, own: int | None) -> None:
    """Former versions keep their REGON, so no index can hold it to one organisation: its writers take turns."""
    if regon is None:
        return
    await lock(work.connection, "regon", regon)
    holder = await queries.find_by_regon(work.connection, regon)
    if holder is not None and holder.organisation_no != own:
        error = FieldError("/regon", "regon_taken", {"regon": regon})
        raise Problem(409, "regon_taken", {"regon": regon}, [error], members={"organisation_id": str(holder.id)})


def _checked(new: OrganisationState) -> dict[str, Any]:
    numbers = {"nip": compacted(new.nip), "regon": compacted(new.regon)}
    refuse([*number_faults(**numbers, krs=new.krs), *territory_faults(new.territory)])
    return _state(new) | numbers | {"territory": territory_key(new.territory)}


def _state(source: OrganisationState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in OrganisationState.model_fields}


def _version_header(number: int, one: Organisation) -> FactHeader:
    keys = {"sort_key": polish_sort_key(one.name), "search_key": search_key(one.name)}
    values = _state(one) | keys | {"organisation_no": number, "version": one.version}
    return FactHeader(organisation_version, values)


def _change(action: str, one: Organisation, before: Organisation | None) -> Change:
    after = one.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"organisations/{one.id}", (FAMILY,), after, before=former, after=after)
