"""Endpoints of the programme tree."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from miernik_calls.programme import queries, service
from miernik_calls.programme.models import programme_node
from miernik_calls.programme.rules import Level
from miernik_calls.programme.schemas import NewProgrammeNode, ProgrammeNode, ProgrammeNodeState
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import not_found
from miernik_shared.values.free_texts import CodeKey
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/programme-nodes", tags=["programme"], route_class=ScopedRoute)


@router.post("", **creates("programme:write"))
async def define_node(new: NewProgrammeNode, response: Response, work: CurrentUnitOfWork) -> ProgrammeNode:
    """Add a programme, priority, measure or sub-measure."""
    return _add_location(await service.define_node(work, new), response)


@router.get("", **reads("reports:read"))
async def list_nodes(
    work: CurrentUnitOfWork,
    paging: Paging,
    office: Annotated[Office | None, Query(description="TERYT code of a voivodeship; all offices by default")] = None,
    level: Annotated[Level | None, Query()] = None,
    code: CodeKey | None = None,
    parent: Annotated[CodeKey | None, Query(description="Code of the parent")] = None,
) -> Page[ProgrammeNode]:
    """Nodes office by office in order of their codes, part by part."""
    node = programme_node.c
    filters = build_equality_filters(
        {node.office: office, node.level: level, node.code: code, queries.parent.c.code: parent}
    )
    page = await queries.list_nodes(work.connection, filters, paging)
    return Page(items=await service.render_nodes(work, page.rows), next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_node_by_external_id(
    external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork
) -> ProgrammeNode:
    """The node with an external id."""
    node_id = await service.external_ids.find(work.connection, external_id)
    if node_id is None:
        raise not_found("node_not_found")
    return await read_node(node_id, response, work)


@router.put("/by-external-id/{system}/{value:path}", **changes("programme:write", 201, if_match="when_it_exists"))
async def upsert_node(
    external_id: WrittenExternalId, new: NewProgrammeNode, response: Response, work: CurrentUnitOfWork
) -> ProgrammeNode:
    """Define the node, or change it (with `If-Match`) if the external id is known."""
    node, created = await service.upsert_node(work, external_id, new)
    response.status_code = 201 if created else 200
    return _add_location(node, response)


@router.get("/{node_id}", **reads("reports:read", 404))
async def read_node(node_id: UUID, response: Response, work: CurrentUnitOfWork) -> ProgrammeNode:
    """One node; a change sends its ETag as `If-Match`."""
    row = await service.find_node(work, node_id)
    response.headers["ETag"] = version_etag(row.version)
    return (await service.render_nodes(work, [row]))[0]


@router.put("/{node_id}", **changes("programme:write"))
async def change_node(
    node_id: UUID, state: ProgrammeNodeState, response: Response, work: CurrentUnitOfWork
) -> ProgrammeNode:
    """Append a version: name, selection mode, source notes from a day on. The former versions remain."""
    node = await service.change_node(work, await service.find_node(work, node_id), state)
    response.headers["ETag"] = version_etag(node.version)
    return node


def _add_location(node: ProgrammeNode, response: Response) -> ProgrammeNode:
    response.headers["ETag"] = version_etag(node.version)
    response.headers["Location"] = f"/v1/programme-nodes/{node.id}"
    return node
