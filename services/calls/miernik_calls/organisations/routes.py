"""Endpoints of the organisations. They name applicants, so reading them needs a scope of its own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from miernik_calls.organisations import queries, service
from miernik_calls.organisations.models import organisation_version
from miernik_calls.organisations.rules import compacted
from miernik_calls.organisations.schemas import NewOrganisation, Organisation, OrganisationState
from miernik_calls.versions import ShortPath, version_etag
from miernik_shared.external_ids import ExternalId
from miernik_shared.formats.sorting import search_key
from miernik_shared.problems import Problem
from miernik_shared.web.contracts import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.work import CurrentWork

router = APIRouter(prefix="/v1/organisations", tags=["organisations"], route_class=ScopedRoute)
Number = Annotated[str | None, Query(max_length=20)]


@router.post("", **creates("organisations:write"))
async def register_organisation(new: NewOrganisation, response: Response, work: CurrentWork) -> Organisation:
    """Registers an organisation that applies for funds."""
    return _located(await service.register_organisation(work, new), response)


@router.get("", **reads("applications:read", 400))
async def list_organisations(
    request: Request,
    response: Response,
    work: CurrentWork,
    name: Annotated[str | None, Query(max_length=200, description="Part of the name, diacritics aside")] = None,
    nip: Number = None,
    regon: Number = None,
    krs: Number = None,
    kind: Annotated[str | None, Query(max_length=16)] = None,
    territory: Annotated[
        str | None, Query(pattern=r"^[0-9]{2}([0-9]{2}){0,2}$|^[0-9]{7}$", description="Prefix of the TERC")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Organisation]:
    """Organisations in Polish alphabetical order of their names."""
    version = organisation_version.c
    wanted = {version.nip: compacted(nip), version.regon: compacted(regon), version.krs: krs, version.kind: kind}
    filters: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    if name is not None:
        filters.append(version.search_key.contains(search_key(name), autoescape=True))
    if territory is not None:
        filters.append(version.territory.startswith(territory, autoescape=True))
    after = read_cursor("organisations", cursor, str, int)
    rows = await queries.list_organisations(work.connection, filters, after, limit + 1)
    known = await service.external_ids.of(work.connection, [row.id for row in rows])
    found = [service.organisation_of(row, known[row.id]) for row in rows]
    last = rows[limit - 1] if len(rows) > limit else None
    key = (last.sort_key, last.organisation_no) if last else None
    return paged("organisations", found, limit, key, request, response)


@router.get("/by-external-id/{system}/{value:path}", **reads("applications:read", 404))
async def read_organisation_by_external_id(
    system: ShortPath, value: ShortPath, response: Response, work: CurrentWork
) -> Organisation:
    """The organisation that another system knows under its own number."""
    organisation_id = await service.external_ids.find(work.connection, ExternalId(system=system, value=value))
    if organisation_id is None:
        raise Problem(404, "organisation_not_found")
    return await read_organisation(organisation_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("organisations:write", 201, if_match="when_it_exists"))
async def upsert_organisation(
    system: ShortPath, value: ShortPath, new: NewOrganisation, response: Response, work: CurrentWork
) -> Organisation:
    """Registers the organisation, or changes it (with `If-Match`) if the other system's number is known."""
    made, created = await service.upsert_organisation(work, ExternalId(system=system, value=value), new)
    response.status_code = 201 if created else 200
    return _located(made, response)


@router.get("/{organisation_id}", **reads("applications:read", 404))
async def read_organisation(organisation_id: UUID, response: Response, work: CurrentWork) -> Organisation:
    """One organisation; the ETag is what a change needs as `If-Match`."""
    row = await queries.find_by_id(work.connection, organisation_id)
    if row is None:
        raise Problem(404, "organisation_not_found")
    response.headers["ETag"] = version_etag(row.version)
    known = await service.external_ids.of(work.connection, [organisation_id])
    return service.organisation_of(row, known[organisation_id])


@router.put("/{organisation_id}", **changes("organisations:write"))
async def change_organisation(
    organisation_id: UUID, state: OrganisationState, response: Response, work: CurrentWork
) -> Organisation:
    """Changes name, numbers, place or kind; the former state is kept as a version."""
    row = await queries.find_by_id(work.connection, organisation_id)
    if row is None:
        raise Problem(404, "organisation_not_found")
    changed = await service.change_organisation(work, row, state)
    response.headers["ETag"] = version_etag(changed.version)
    return changed


def _located(one: Organisation, response: Response) -> Organisation:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/organisations/{one.id}"
    return one
