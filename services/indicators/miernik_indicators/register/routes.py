"""Endpoints of the territorial register (TERC)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from miernik_indicators.register import queries, service
from miernik_indicators.register.schemas import Level, Territory, TerritoryHistory, TerritoryImportReceipt
from miernik_shared.problems import not_found
from miernik_shared.territories.register import refuse_unknown_territory
from miernik_shared.values.free_texts import CodePath, LookupKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import TableUpload, creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["territorial register"], route_class=ScopedRoute)
FILE_LIMIT = 4 * 1024 * 1024
_IMPORT = creates(
    "register:write",
    body=TableUpload(csv=True),
    limit=FILE_LIMIT,
    external_ids=False,
    unchanged="The same file once more: nothing was recorded",
)


@router.post("/territory-imports", **_IMPORT)
async def import_territories(request: Request, response: Response, work: CurrentUnitOfWork) -> TerritoryImportReceipt:
    """Import the official TERC file (CSV as published by GUS). Its day is read from the column STAN_NA."""
    receipt = await service.import_register(work, await request.body())
    if receipt.replayed:
        response.status_code = 200
    return receipt


@router.get("/territories", **reads("reports:read", 400))
async def list_territories(
    work: CurrentUnitOfWork,
    paging: Paging,
    on: Annotated[Day | None, Query(description="Day on which the entries hold; today by default")] = None,
    level: Level | None = None,
    parent: Annotated[
        str | None, LookupKey, Query(pattern=r"^[0-9]{2}([0-9]{2})?$", description="Voivodeship or powiat")
    ] = None,
) -> Page[Territory]:
    """Territories in Polish alphabetical order."""
    await refuse_unknown_territory(work, parent, "/query/parent")
    page = await queries.list_territories(work.connection, on or work.today, level, parent, paging)
    return Page(items=[Territory.model_validate(row, from_attributes=True) for row in page.rows], next=page.next)


@router.get("/territories/{code}", **reads("reports:read", 404))
async def read_territory(code: CodePath, work: CurrentUnitOfWork) -> TerritoryHistory:
    """All entries of a code of 2, 4 or 6 digits, including codes that are no longer in force."""
    rows = await queries.list_history(work.connection, code)
    if not rows:
        raise not_found("territory_unknown", code=code[:7])
    return TerritoryHistory(code=code, entries=[Territory.model_validate(row, from_attributes=True) for row in rows])
