"""Endpoints of the reporting units."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from miernik_indicators.units import queries, service
from miernik_indicators.units.schemas import NewUnit, Unit, UnitState
from miernik_shared.external_ids import ExternalId
from miernik_shared.problems import not_found
from miernik_shared.values.free_texts import ShortText
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/reporting-units", tags=["reporting units"], route_class=ScopedRoute)
Short = Annotated[ShortText, Path()]


@router.post("", **creates("units:write"))
async def register_unit(new: NewUnit, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Register a unit that sends returns."""
    unit = await service.register_unit(work, new)
    response.headers["ETag"] = service.unit_etag(unit.version)
    response.headers["Location"] = f"/v1/reporting-units/{unit.id}"
    return unit


@router.get("", **reads("reports:read", 400))
async def list_units(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    kind: Annotated[str | None, Query(max_length=16)] = None,
    territory: Annotated[str | None, Query(pattern=r"^\d{2}(\d{2}){0,2}$", description="Prefix of the TERC")] = None,
    code: Annotated[str | None, Query(max_length=40)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Unit]:
    """Units in Polish alphabetical order of their names."""
    after = read_cursor("reporting-units", cursor, str, str)
    rows = await queries.list_units(work.connection, kind, territory, code, after, limit + 1)
    identifiers = await service.external_ids.of(work.connection, [row.id for row in rows])
    units = [service.to_unit(row, identifiers[row.id]) for row in rows]
    last = rows[limit - 1] if len(rows) > limit else None
    return paged("reporting-units", units, limit, (last.sort_key, last.code) if last else None, request, response)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_unit_by_external_id(system: Short, value: Short, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Unit with an external id: its number in another system."""
    unit_id = await service.external_ids.find(work.connection, ExternalId(system=system, value=value))
    if unit_id is None:
        raise not_found("unit_not_found")
    return await read_unit(unit_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("units:write", 201, if_match="when_it_exists"))
async def upsert_unit(system: Short, value: Short, new: NewUnit, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Register the unit, or change it (with `If-Match`) if the external id exists."""
    unit, created = await service.upsert_unit(work, ExternalId(system=system, value=value), new)
    response.status_code = 201 if created else 200
    response.headers["ETag"] = service.unit_etag(unit.version)
    response.headers["Location"] = f"/v1/reporting-units/{unit.id}"
    return unit


@router.get("/{unit_id}", **reads("reports:read", 404))
async def read_unit(unit_id: UUID, response: Response, work: CurrentUnitOfWork) -> Unit:
    """One unit; a change sends its ETag as `If-Match`."""
    row = await queries.find_by_id(work.connection, unit_id)
    if row is None:
        raise not_found("unit_not_found")
    response.headers["ETag"] = service.unit_etag(row.version)
    identifiers = await service.external_ids.of(work.connection, [unit_id])
    return service.to_unit(row, identifiers[unit_id])


@router.put("/{unit_id}", **changes("units:write"))
async def change_unit(unit_id: UUID, state: UnitState, response: Response, work: CurrentUnitOfWork) -> Unit:
    """Change name, NIP, REGON or active days of a unit; the former state is kept as a version."""
    row = await queries.find_by_id(work.connection, unit_id)
    if row is None:
        raise not_found("unit_not_found")
    unit = await service.change_unit(work, row, state)
    response.headers["ETag"] = service.unit_etag(unit.version)
    return unit
