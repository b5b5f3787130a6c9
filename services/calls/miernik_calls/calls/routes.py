"""Endpoints of the calls for proposals."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from miernik_calls.calls import queries, service
from miernik_calls.calls.models import call, call_version
from miernik_calls.calls.schemas import Call, CallKind, CallState, NewCall
from miernik_calls.programme.models import programme_node
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import not_found
from miernik_shared.values.free_texts import CodeKey, IdentifierKey
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/calls", tags=["calls"], route_class=ScopedRoute)


@router.post("", **creates("calls:write", confirms=True))
async def announce_call(new: NewCall, response: Response, work: CurrentUnitOfWork) -> Call:
    """Add a call for proposals."""
    return _add_location(await service.announce_call(work, new), response)


@router.get("", **reads("reports:read"))
async def list_calls(
    work: CurrentUnitOfWork,
    paging: Paging,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    node: Annotated[CodeKey | None, Query(description="Code of the node that the call hangs on")] = None,
    number: IdentifierKey | None = None,
    kind: Annotated[CallKind | None, Query()] = None,
) -> Page[Call]:
    """Calls office by office in the order in which they were recorded."""
    version = call_version.c
    filters = build_equality_filters(
        {call.c.office: office, programme_node.c.code: node, version.number_key: number, version.kind: kind}
    )
    page = await queries.list_calls(work.connection, filters, paging)
    return Page(items=await service.render_calls(work, page.rows), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_call_by_external_id(external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork) -> Call:
    """The call with an external id."""
    call_id = await service.external_ids.find(work.connection, external_id)
    if call_id is None:
        raise not_found("call_not_found")
    return await read_call(call_id, response, work)


@router.put(
    "/by-external-id/{system}/{value:path}", **changes("calls:write", 201, if_match="when_it_exists", confirms=True)
)
async def upsert_call(
    external_id: WrittenExternalId, new: NewCall, response: Response, work: CurrentUnitOfWork
) -> Call:
    """Announce the call, or change it (with `If-Match`) if the external id is known."""
    one, created = await service.upsert_call(work, external_id, new)
    response.status_code = 201 if created else 200
    return _add_location(one, response)


@router.get("/{call_id}", **reads("reports:read", 404))
async def read_call(call_id: UUID, response: Response, work: CurrentUnitOfWork) -> Call:
    """One call; a change sends its ETag as `If-Match`."""
    row = await service.find_call(work, call_id)
    response.headers["ETag"] = version_etag(row.version)
    return (await service.render_calls(work, [row]))[0]


@router.put("/{call_id}", **changes("calls:write", confirms=True))
async def change_call(call_id: UUID, state: CallState, response: Response, work: CurrentUnitOfWork) -> Call:
    """Append a version, such as one with a later closing date; the former versions remain."""
    one = await service.change_call(work, await service.find_call(work, call_id), state)
    response.headers["ETag"] = version_etag(one.version)
    return one


def _add_location(one: Call, response: Response) -> Call:
    response.headers["ETag"] = version_etag(one.version)
    response.headers["Location"] = f"/v1/calls/{one.id}"
    return one
