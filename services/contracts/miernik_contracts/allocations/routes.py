"""Endpoints of the allocations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from miernik_contracts.allocations import queries, service
from miernik_contracts.allocations.schemas import Allocation, AllocationDetail, AllocationState, NewAllocation, Revision
from miernik_shared.problems import not_found
from miernik_shared.territories.register import refuse_unknown_territory
from miernik_shared.values.free_texts import STORED, LookupKey
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.external_id_addresses import SoughtExternalId, WrittenExternalId
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork, UnitOfWork

router = APIRouter(prefix="/v1/allocations", tags=["allocations"], route_class=ScopedRoute)


@router.post("", **creates("allocations:write", key="required", confirms=True))
async def grant_allocation(new: NewAllocation, response: Response, work: CurrentUnitOfWork) -> Allocation:
    """Grant an allocation to a node, or a share of it to a territory."""
    return _tag_revision(response, await service.grant_allocation(work, new))


@router.get("", **reads("reports:read"))
async def list_allocations(
    work: CurrentUnitOfWork,
    paging: Paging,
    node: UUID | None = None,
    office: Office | None = None,
    territory: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{2,6}$"),
        LookupKey,
        Query(description="TERC code of 2, 4 or 6 digits"),
    ] = None,
) -> Page[Allocation]:
    """Allocations by their latest revision, in the order in which they were granted."""
    await refuse_unknown_territory(work, territory)
    filters = queries.filter_allocations(node, office, territory)
    page = await queries.list_current(work.connection, filters, paging)
    known = await service.external_ids.read_by_entity(work.connection, [row.id for row in page.rows])
    return Page(items=[service.render_allocation(row, known[row.id]) for row in page.rows], next=page.next)


@router.get("/by-external-id/{system}/{value:path}", **reads("reports:read", 404))
async def read_allocation_by_external_id(
    external_id: SoughtExternalId, response: Response, work: CurrentUnitOfWork
) -> AllocationDetail:
    """Allocation with a number of another system."""
    found = await service.external_ids.find(work.connection, external_id)
    if found is None:
        raise not_found("allocation_not_found")
    return await _detail(found, response, work)


@router.put(
    "/by-external-id/{system}/{value:path}",
    **changes("allocations:write", 201, if_match="when_it_exists", confirms=True),
)
async def upsert_allocation(
    external_id: WrittenExternalId, new: NewAllocation, response: Response, work: CurrentUnitOfWork
) -> Allocation:
    """Grant the allocation or, with `If-Match`, revise the one with this number of another system."""
    granted, created = await service.upsert_allocation(work, external_id, new)
    response.status_code = 201 if created else 200
    return _tag_revision(response, granted)


@router.get("/{allocation_id}", **reads("reports:read", 404))
async def read_allocation(allocation_id: UUID, response: Response, work: CurrentUnitOfWork) -> AllocationDetail:
    """One allocation with its revisions; its ETag is the `If-Match` of a revision."""
    return await _detail(allocation_id, response, work)


@router.put("/{allocation_id}", **changes("allocations:write", confirms=True))
async def revise_allocation(
    allocation_id: UUID, state: AllocationState, response: Response, work: CurrentUnitOfWork
) -> Allocation:
    """Append a revision (zmiana alokacji); earlier revisions remain."""
    row = await queries.find_current(work.connection, allocation_id)
    if row is None:
        raise not_found("allocation_not_found")
    return _tag_revision(response, await service.revise_allocation(work, row, state))


async def _detail(allocation_id: UUID, response: Response, work: UnitOfWork) -> AllocationDetail:
    rows = await queries.revisions_of(work.connection, allocation_id)
    if not rows:
        raise not_found("allocation_not_found")
    known = await service.external_ids.read_by_entity(work.connection, [allocation_id])
    current = service.render_allocation(rows[-1], known[allocation_id])
    response.headers["ETag"] = version_etag(current.revision)
    revisions = [Revision.model_validate(row, from_attributes=True, context=STORED) for row in rows]
    return AllocationDetail.model_validate(current.model_dump() | {"revisions": revisions}, context=STORED)


def _tag_revision(response: Response, stored: Allocation) -> Allocation:
    """Set ETag and Location of a write's response."""
    response.headers["ETag"] = version_etag(stored.revision)
    response.headers["Location"] = f"/v1/allocations/{stored.id}"
    return stored
