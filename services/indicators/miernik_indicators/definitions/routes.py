"""Endpoints of the indicators."""

from fastapi import APIRouter, Response

from miernik_indicators.definitions import queries, service
from miernik_indicators.definitions.models import indicator
from miernik_indicators.definitions.schemas import (
    Definition,
    Indicator,
    NewDefinition,
    NewIndicator,
    NewTarget,
    Target,
)
from miernik_shared.filters import build_equality_filters
from miernik_shared.values.free_texts import CodeKey, CodePath
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/indicators", tags=["indicators"], route_class=ScopedRoute)


@router.post("", **creates("definitions:write"))
async def define_indicator(new: NewIndicator, response: Response, work: CurrentUnitOfWork) -> Indicator:
    """Add an indicator with the first version of its definition."""
    created = await service.define_indicator(work, new)
    response.headers["ETag"] = version_etag(1)
    response.headers["Location"] = f"/v1/indicators/{created.code}"
    return created


@router.get("", **reads("reports:read"))
async def list_indicators(work: CurrentUnitOfWork, paging: Paging, measure: CodeKey | None = None) -> Page[Indicator]:
    """Indicators by measure and code."""
    page = await queries.list_indicators(
        work.connection, build_equality_filters({indicator.c.measure: measure}), paging
    )
    return Page(items=await service.load_indicators(work, page.rows), next=page.next)


@router.get("/{code}", **reads("reports:read", 404))
async def read_indicator(code: CodePath, response: Response, work: CurrentUnitOfWork) -> Indicator:
    """One indicator; a change of its definition sends the ETag as `If-Match`."""
    row = await service.find_indicator(work, code)
    described = (await service.load_indicators(work, [row]))[0]
    response.headers["ETag"] = version_etag(described.definitions[-1].version)
    return described


@router.put("/{code}", **changes("definitions:write"))
async def change_definition(
    code: CodePath, new: NewDefinition, response: Response, work: CurrentUnitOfWork
) -> Definition:
    """Append a version of the definition; the former versions remain."""
    definition = await service.change_definition(work, code, new)
    response.headers["ETag"] = version_etag(definition.version)
    return definition


@router.post("/{code}/targets", **creates("definitions:write", 404, external_ids=False))
async def set_target(code: CodePath, new: NewTarget, work: CurrentUnitOfWork) -> Target:
    """Record a target; from its day on it replaces the former one of the same status."""
    return await service.set_target(work, code, new)
