"""Endpoints of the reporting units."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from miernik_indicators.units import queries, service
from miernik_indicators.units.models import reporting_unit
from miernik_indicators.units.schemas import NewUnit, Unit, UnitState
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import not_found
from miernik_shared.territories.register import refuse_unknown_territory
from miernik_shared.values.free_texts import CodeKey, LookupKey
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/reporting-units", tags=["reporting units"], route_class=ScopedRoute)


@router.post("", **creates("units:write"))
async def register_unit(new: NewUnit, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Register a unit that sends returns."""
    return _add_location(await service.register_unit(work, new), response)


@router.get("", **reads("reports:read"))
async def list_units(
    work: CurrentUnitOfWork,
    paging: Paging,
    kind: CodeKey | None = None,
    territory: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{2}([0-9]{2}){0,2}$"),
        LookupKey,
        Query(description="Prefix of the TERC"),
    ] = None,
    code: CodeKey | None = None,
) -> Page[Unit]:
    """Units in Polish alphabetical order of their names."""
    filters = build_equality_filters({reporting_unit.c.kind: kind, reporting_unit.c.code: code})
    await refuse_unknown_territory(work, territory)
    if territory is not None:
        filters.append(reporting_unit.c.territory.startswith(territory, autoescape=True))
    page = await queries.list_units(work.connection, filters, paging)
    return Page(items=await service.render_units(work, page.rows), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_unit_by_external_id(external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Unit with an external id: its number in another system."""
    unit_id = await service.external_ids.find(work.connection, external_id)
    if unit_id is None:
        raise not_found("unit_not_found")
    return await read_unit(unit_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("units:write", 201, if_match="when_it_exists"))
async def upsert_unit(
    external_id: WrittenExternalId, new: NewUnit, response: Response, work: CurrentUnitOfWork
) -> Unit:
    """Register the unit, or change it (with `If-Match`) if the external id exists."""
    unit, created = await service.upsert_unit(work, external_id, new)
    response.status_code = 201 if created else 200
    return _add_location(unit, response)


@router.get("/{unit_id}", **reads("reports:read", 404))
async def read_unit(unit_id: UUID, response: Response, work: CurrentUnitOfWork) -> Unit:
    """One unit; a change sends its ETag as `If-Match`."""
    row = await service.find_unit(work, unit_id)
    response.headers["ETag"] = version_etag(row.version)
    return (await service.render_units(work, [row]))[0]


@router.put("/{unit_id}", **changes("units:write"))
async def change_unit(unit_id: UUID, state: UnitState, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Change name, NIP, REGON or active days of a unit; the former state remains as a version."""
    unit = await service.change_unit(work, await service.find_unit(work, unit_id), state)
    response.headers["ETag"] = version_etag(unit.version)
    return unit


def _add_location(unit: Unit, response: Response) -> Unit:
    response.headers["ETag"] = version_etag(unit.version)
    response.headers["Location"] = f"/v1/reporting-units/{unit.id}"
    return unit
