"""Endpoints of the over-contracting decisions."""

from uuid import UUID

from fastapi import APIRouter, Response

from miernik_contracts.overcontracting import queries, service
from miernik_contracts.overcontracting.schemas import Decision, NewDecision
from miernik_shared.problems import not_found
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/overcontracting-decisions", tags=["over-contracting"], route_class=ScopedRoute)


@router.post("", **creates("allocations:write", confirms=True))
async def record_decision(new: NewDecision, response: Response, work: CurrentUnitOfWork) -> Decision:
    """Record a decision that commitments of a node may exceed its allocation, up to a limit in percent."""
    decision = await service.record_decision(work, new)
    response.headers["Location"] = f"/v1/overcontracting-decisions/{decision.id}"
    return decision


@router.get("", **reads("reports:read"))
async def list_decisions(
    work: CurrentUnitOfWork, paging: Paging, node: UUID | None = None, office: Office | None = None
) -> Page[Decision]:
    """Decisions in the order of recording; of several valid for a node on one day the last is in force."""
    page = await queries.list_decisions(work.connection, queries.filter_decisions(node, office), paging)
    known = await service.external_ids.read_by_entity(work.connection, [row.id for row in page.rows])
    return Page(items=[service.render_decision(row, known[row.id]) for row in page.rows], next=page.next)


@router.get("/{decision_id}", **reads("reports:read", 404))
async def read_decision(decision_id: UUID, work: CurrentUnitOfWork) -> Decision:
    """One decision."""
    row = await queries.find_decision(work.connection, decision_id)
    if row is None:
        raise not_found("decision_not_found")
    known = await service.external_ids.read_by_entity(work.connection, [decision_id])
    return service.render_decision(row, known[decision_id])
