"""Endpoints of the territorial register (TERC)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from miernik_indicators.register import queries, service
from miernik_indicators.register.schemas import (
    Level,
    NewImportAnnulment,
    Territory,
    TerritoryHistory,
    TerritoryImport,
    TerritoryImportReceipt,
)
from miernik_shared.problems import not_found
from miernik_shared.territories.register import refuse_unknown_territory
from miernik_shared.uploads.first_bytes import refuse_other_format
from miernik_shared.values.free_texts import CodePath, LookupKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import TableUpload, creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["territorial register"], route_class=ScopedRoute)
FILE_LIMIT = 4 * 1024 * 1024
_FILE = TableUpload(csv=True)
_IMPORT = creates(
    "register:write",
    body=_FILE,
    limit=FILE_LIMIT,
    external_ids=False,
    unchanged="A dry run, or the same file once more: nothing was recorded",
    confirms=True,
)


@router.post("/territory-imports", **_IMPORT)
async def import_territories(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    dry_run: Annotated[bool, Query(description="Only compare the file with the edition before; store nothing")] = False,
) -> TerritoryImportReceipt:
    """Import the official TERC file (CSV as published by GUS). Its day is read from the column STAN_NA.

    The answer compares it with the edition before: ended, new and renamed codes, and those of another kind, by
    voivodeship. A voivodeship that vanishes, or of which many codes end, needs a confirmation.
    """
    content = await request.body()
    refuse_other_format(content, _FILE.media_types)
    receipt = await service.import_register(work, content, dry_run=dry_run)
    if receipt.replayed or dry_run:
        response.status_code = 200
    return receipt


@router.get("/territory-imports", **reads("reports:read"))
async def list_territory_imports(work: CurrentUnitOfWork, paging: Paging) -> Page[TerritoryImport]:
    """Imported editions of the register, the latest import first; annulled ones are marked."""
    page = await queries.list_imports(work.connection, paging)
    return Page(items=[service.render_import(row) for row in page.rows], next=page.next)


@router.post("/territory-imports/{import_no}/annulment", **creates("register:write", 404, external_ids=False))
async def annul_territory_import(
    import_no: Annotated[int, Path(ge=1, le=2**31 - 1)], new: NewImportAnnulment, work: CurrentUnitOfWork
) -> TerritoryImport:
    """Annul an import that was made in error (unieważnienie): the validity of all codes is as without it.

    A past `known_at` still sees it. The same file can be imported again.
    """
    return await service.annul_import(work, import_no, new.reason)


@router.get("/territories", **reads("reports:read"))
async def list_territories(
    work: CurrentUnitOfWork,
    paging: Paging,
    on: Annotated[Day | None, Query(description="Day on which the entries hold; today by default")] = None,
    level: Level | None = None,
    parent: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{2}([0-9]{2})?$"),
        LookupKey,
        Query(description="Voivodeship or powiat"),
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
