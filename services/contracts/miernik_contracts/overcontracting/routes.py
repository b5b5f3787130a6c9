"""Endpoints of the over-contracting decisions."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import ColumnElement

from miernik_contracts.overcontracting import queries, service
from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_contracts.overcontracting.schemas import Decision, NewDecision
from miernik_shared.problems import Problem
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, build_page, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/overcontracting-decisions", tags=["over-contracting"], route_class=ScopedRoute)


@router.post("", **creates("allocations:write"))
async def record_decision(new: NewDecision, response: Response, work: CurrentUnitOfWork) -> Decision:
    """Records a decision that a node may promise more than its allocation, up to a limit in percent."""
    decision = await service.record_decision(work, new)
    response.headers["Location"] = f"/v1/overcontracting-decisions/{decision.id}"
    return decision


@router.get("", **reads("reports:read", 400))
async def list_decisions(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    node: UUID | None = None,
    office: Office | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Decision]:
    """Decisions in the order in which they were recorded; of several valid for a node on a day the last counts."""
    columns = overcontracting_decision.c
    wanted = ((columns.node_id, node), (columns.office, office))
    filters: list[ColumnElement[bool]] = [column == value for column, value in wanted if value is not None]
    after = read_cursor("overcontracting-decisions", cursor, int)
    rows = await queries.list_decisions(work.connection, filters, after, limit + 1)
    known = await service.external_ids.read_by_entity(work.connection, [row.id for row in rows])
    items = [service.decision_of(row, known[row.id]) for row in rows]
    key = (rows[limit - 1].position,) if len(rows) > limit else None
    return build_page("overcontracting-decisions", items, limit, key, request, response)


@router.get("/{decision_id}", **reads("reports:read", 404))
async def read_decision(decision_id: UUID, work: CurrentUnitOfWork) -> Decision:
    """One decision."""
    row = await queries.find_decision(work.connection, decision_id)
    if row is None:
        raise Problem(404, "decision_not_found")
    known = await service.external_ids.read_by_entity(work.connection, [decision_id])
    return service.decision_of(row, known[decision_id])
