"""Endpoints of the indicators."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from miernik_indicators.definitions import queries, service
from miernik_indicators.definitions.schemas import (
    Definition,
    Indicator,
    NewDefinition,
    NewIndicator,
    NewTarget,
    Target,
)
from miernik_shared.database import AnyRow
from miernik_shared.problems import not_found
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/indicators", tags=["indicators"], route_class=ScopedRoute)


@router.post("", **creates("definitions:write"))
async def define_indicator(new: NewIndicator, response: Response, work: CurrentUnitOfWork) -> Indicator:
    """Add an indicator with the first version of its definition."""
    created = await service.define_indicator(work, new)
    response.headers["ETag"] = service.indicator_etag(1)
    response.headers["Location"] = f"/v1/indicators/{created.code}"
    return created


@router.get("", **reads("reports:read", 400))
async def list_indicators(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    measure: Annotated[str | None, Query(max_length=16)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Indicator]:
    """Indicators by measure and code."""
    after = read_cursor("indicators", cursor, str)
    rows = await queries.list_indicators(work.connection, measure, after, limit + 1)
    items = await service.load_indicators(work, rows[:limit])
    more = len(rows) > limit
    return paged(
        "indicators", [*items, *items[:1]] if more else items, limit, _next_page_key(rows, limit), request, response
    )


@router.get("/{code}", **reads("reports:read", 404))
async def read_indicator(code: str, response: Response, work: CurrentUnitOfWork) -> Indicator:
    """One indicator; a change of its definition sends the ETag as `If-Match`."""
    row = await queries.find_indicator(work.connection, code)
    if row is None:
        raise not_found("indicator_not_found")
    described = (await service.load_indicators(work, [row]))[0]
    response.headers["ETag"] = service.indicator_etag(described.definitions[-1].version)
    return described


@router.put("/{code}", **changes("definitions:write"))
async def change_definition(code: str, new: NewDefinition, response: Response, work: CurrentUnitOfWork) -> Definition:
    """Append a version of the definition; the former ones stay."""
    definition = await service.change_definition(work, code, new)
    response.headers["ETag"] = service.indicator_etag(definition.version)
    return definition


@router.post("/{code}/targets", **creates("definitions:write", 404, external_ids=False))
async def set_target(code: str, new: NewTarget, work: CurrentUnitOfWork) -> Target:
    """Record a target; from its day on it replaces the former one of the same status."""
    return await service.set_target(work, code, new)


def _next_page_key(rows: list[AnyRow], limit: int) -> tuple[str] | None:
    return (rows[limit - 1].sort_key,) if len(rows) > limit else None
