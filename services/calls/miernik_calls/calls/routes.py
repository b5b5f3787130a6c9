"""Endpoints of the calls for proposals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from miernik_calls.calls import queries, service
from miernik_calls.calls.models import call, call_version
from miernik_calls.calls.schemas import Call, CallKind, CallState, NewCall
from miernik_calls.programme.models import programme_node
from miernik_calls.versions import ShortPath, version_etag
from miernik_shared.external_ids import ExternalId
from miernik_shared.problems import Problem
from miernik_shared.values.offices import Office
from miernik_shared.web.contracts import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.work import CurrentWork

router = APIRouter(prefix="/v1/calls", tags=["calls"], route_class=ScopedRoute)


@router.post("", **creates("calls:write"))
async def announce_call(new: NewCall, response: Response, work: CurrentWork) -> Call:
    """Adds a call for proposals."""
    return _located(await service.announce_call(work, new), response)


@router.get("", **reads("reports:read", 400))
async def list_calls(
    request: Request,
    response: Response,
    work: CurrentWork,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    node: Annotated[str | None, Query(max_length=40, description="Code of the node that the call hangs on")] = None,
    number: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[CallKind | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Call]:
    """Calls office by office in the order in which they were recorded."""
    wanted = {
        call.c.office: office,
        programme_node.c.code: node,
        call_version.c.number: number,
        call_version.c.kind: kind,
    }
    filters: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    after = read_cursor("calls", cursor, str, int)
    rows = await queries.list_calls(work.connection, filters, after, limit + 1)
    known = await service.external_ids.of(work.connection, [row.id for row in rows])
    found = [service.call_of(row, known[row.id]) for row in rows]
    last = rows[limit - 1] if len(rows) > limit else None
    return paged("calls", found, limit, (last.office, last.call_no) if last else None, request, response)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_call_by_external_id(system: ShortPath, value: ShortPath, response: Response, work: CurrentWork) -> Call:
    """The call that another system knows under its own number."""
    call_id = await service.external_ids.find(work.connection, ExternalId(system=system, value=value))
    if call_id is None:
        raise Problem(404, "call_not_found")
    return await read_call(call_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("calls:write", 201, if_match="when_it_exists"))
async def upsert_call(system: ShortPath, value: ShortPath, new: NewCall, response: Response, work: CurrentWork) -> Call:
    """Announces the call, or changes it (with `If-Match`) if the other system's number is known."""
    one, created = await service.upsert_call(work, ExternalId(system=system, value=value), new)
    response.status_code = 201 if created else 200
    return _located(one, response)


@router.get("/{call_id}", **reads("reports:read", 404))
async def read_call(call_id: UUID, response: Response, work: CurrentWork) -> Call:
    """One call; the ETag is what a change needs as `If-Match`."""
    row = await queries.find_by_id(work.connection, call_id)
    if row is None:
        raise Problem(404, "call_not_found")
    response.headers["ETag"] = version_etag(row.version)
    known = await service.external_ids.of(work.connection, [call_id])
    return service.call_of(row, known[call_id])


@router.put("/{call_id}", **changes("calls:write"))
async def change_call(call_id: UUID, state: CallState, response: Response, work: CurrentWork) -> Call:
    """Appends a version, as when a closing date is put off; the former ones stay."""
    row = await queries.find_by_id(work.connection, call_id)
    if row is None:
        raise Problem(404, "call_not_found")
    one = await service.change_call(work, row, state)
    response.headers["ETag"] = version_etag(one.version)
    return one


def _located(one: Call, response: Response) -> Call:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/calls/{one.id}"
    return one
