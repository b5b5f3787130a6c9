"""Endpoints of the organisations. They name applicants, so reading them needs a scope of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from miernik_calls.organisations import queries, service
from miernik_calls.organisations.models import organisation_version
from miernik_calls.organisations.rules import compact_number, name_search_key
from miernik_calls.organisations.schemas import NewOrganisation, Organisation, OrganisationState
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import not_found
from miernik_shared.territories.register import refuse_unknown_territory
from miernik_shared.values.free_texts import CodeKey, IdentifierKey, LookupKey
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/organisations", tags=["organisations"], route_class=ScopedRoute)
Number = Annotated[str, StringConstraints(max_length=20), LookupKey]


@router.post("", **creates("organisations:write"))
async def register_organisation(new: NewOrganisation, response: Response, work: CurrentUnitOfWork) -> Organisation:
    """Register an organisation that applies for funds."""
    return _add_location(await service.register_organisation(work, new), response)


@router.get("", **reads("applications:read"))
async def list_organisations(
    work: CurrentUnitOfWork,
    paging: Paging,
    name: Annotated[IdentifierKey | None, Query(description="Part of the name, diacritics aside")] = None,
    nip: Number | None = None,
    regon: Number | None = None,
    krs: Number | None = None,
    kind: CodeKey | None = None,
    territory: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{2}([0-9]{2}){0,2}$|^[0-9]{7}$"),
        LookupKey,
        Query(description="Prefix of the TERC"),
    ] = None,
) -> Page[Organisation]:
    """Organisations in Polish alphabetical order of their names."""
    version = organisation_version.c
    numbers = {version.nip: compact_number(nip), version.regon: compact_number(regon), version.krs: compact_number(krs)}
    filters = build_equality_filters({**numbers, version.kind: kind})
    if name is not None:
        filters.append(version.search_key.contains(name_search_key(name), autoescape=True))
    await refuse_unknown_territory(work, territory)
    if territory is not None:
        filters.append(version.territory.startswith(territory, autoescape=True))
    page = await queries.list_organisations(work.connection, filters, paging)
    return Page(items=await service.render_organisations(work, page.rows), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("applications:read", 404))
async def read_organisation_by_external_id(
    external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork
) -> Organisation:
    """The organisation with an external id."""
    organisation_id = await service.external_ids.find(work.connection, external_id)
    if organisation_id is None:
        raise not_found("organisation_not_found")
    return await read_organisation(organisation_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("organisations:write", 201, if_match="when_it_exists"))
async def upsert_organisation(
    external_id: WrittenExternalId, new: NewOrganisation, response: Response, work: CurrentUnitOfWork
) -> Organisation:
    """Register the organisation, or change it (with `If-Match`) if the external id is known."""
    made, created = await service.upsert_organisation(work, external_id, new)
    response.status_code = 201 if created else 200
    return _add_location(made, response)


@router.get("/{organisation_id}", **reads("applications:read", 404))
async def read_organisation(organisation_id: UUID, response: Response, work: CurrentUnitOfWork) -> Organisation:
    """One organisation; a change sends its ETag as `If-Match`."""
    row = await service.find_organisation(work, organisation_id)
    response.headers["ETag"] = version_etag(row.version)
    return (await service.render_organisations(work, [row]))[0]


@router.put("/{organisation_id}", **changes("organisations:write"))
async def change_organisation(
    organisation_id: UUID, state: OrganisationState, response: Response, work: CurrentUnitOfWork
) -> Organisation:
    """Change name, numbers, territory or kind; the former state remains as a version."""
    row = await service.find_organisation(work, organisation_id)
    changed = await service.change_organisation(work, row, state)
    response.headers["ETag"] = version_etag(changed.version)
    return changed


def _add_location(one: Organisation, response: Response) -> Organisation:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/organisations/{one.id}"
    return one
