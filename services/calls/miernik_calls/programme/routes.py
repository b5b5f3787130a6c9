"""Endpoints of the programme tree."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from miernik_calls.programme import queries, service
from miernik_calls.programme.models import programme_node
from miernik_calls.programme.rules import Level
from miernik_calls.programme.schemas import NewProgrammeNode, ProgrammeNode, ProgrammeNodeState
from miernik_calls.versions import ShortPath, version_etag
from miernik_shared.external_ids import ExternalId
from miernik_shared.problems import Problem
from miernik_shared.values.offices import Office
from miernik_shared.web.contracts import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.work import CurrentWork

router = APIRouter(prefix="/v1/programme-nodes", tags=["programme"], route_class=ScopedRoute)


@router.post("", **creates("programme:write"))
async def define_node(new: NewProgrammeNode, response: Response, work: CurrentWork) -> ProgrammeNode:
    """Adds a programme, priority, measure or sub-measure."""
    return _located(await service.define_node(work, new), response)


@router.get("", **reads("reports:read", 400))
async def list_nodes(
    request: Request,
    response: Response,
    work: CurrentWork,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    level: Annotated[Level | None, Query()] = None,
    code: Annotated[str | None, Query(max_length=40)] = None,
    parent: Annotated[str | None, Query(max_length=40, description="Code of the parent")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[ProgrammeNode]:
    """Nodes office by office in order of their codes, part by part."""
    wanted = {
        programme_node.c.office: office,
        programme_node.c.level: level,
        programme_node.c.code: code,
        queries.parent.c.code: parent,
    }
    filters: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    after = read_cursor("programme-nodes", cursor, str, str, int)
    rows = await queries.list_nodes(work.connection, filters, after, limit + 1)
    known = await service.external_ids.of(work.connection, [row.id for row in rows])
    nodes = [service.node_of(row, known[row.id]) for row in rows]
    last = rows[limit - 1] if len(rows) > limit else None
    key = (last.office, last.sort_key, last.node_no) if last else None
    return paged("programme-nodes", nodes, limit, key, request, response)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_node_by_external_id(
    system: ShortPath, value: ShortPath, response: Response, work: CurrentWork
) -> ProgrammeNode:
    """The node that another system knows under its own number."""
    node_id = await service.external_ids.find(work.connection, ExternalId(system=system, value=value))
    if node_id is None:
        raise Problem(404, "node_not_found")
    return await read_node(node_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("programme:write", 201, if_match="when_it_exists"))
async def upsert_node(
    system: ShortPath, value: ShortPath, new: NewProgrammeNode, response: Response, work: CurrentWork
) -> ProgrammeNode:
    """Defines the node, or changes it (with `If-Match`) if the other system's number is known."""
    node, created = await service.upsert_node(work, ExternalId(system=system, value=value), new)
    response.status_code = 201 if created else 200
    return _located(node, response)


@router.get("/{node_id}", **reads("reports:read", 404))
async def read_node(node_id: UUID, response: Response, work: CurrentWork) -> ProgrammeNode:
    """One node; the ETag is what a change needs as `If-Match`."""
    row = await queries.find_by_id(work.connection, node_id)
    if row is None:
        raise Problem(404, "node_not_found")
    response.headers["ETag"] = version_etag(row.version)
    known = await service.external_ids.of(work.connection, [node_id])
    return service.node_of(row, known[node_id])


@router.put("/{node_id}", **changes("programme:write"))
async def change_node(node_id: UUID, state: ProgrammeNodeState, response: Response, work: CurrentWork) -> ProgrammeNode:
    """Appends a version: name, selection mode, source notes from a day on. The former ones stay."""
    row = await queries.find_by_id(work.connection, node_id)
    if row is None:
        raise Problem(404, "node_not_found")
    node = await service.change_node(work, row, state)
    response.headers["ETag"] = version_etag(node.version)
    return node


def _located(node: ProgrammeNode, response: Response) -> ProgrammeNode:
    response.headers["ETag"] = version_etag(node.version)
    response.headers["Location"] = f"/v1/programme-nodes/{node.id}"
    return node
