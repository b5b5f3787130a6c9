"""Endpoints of the owing units: who owes a form's return for a period, and the officer's list of them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from miernik_indicators.forms.service import find_opened_period
from miernik_indicators.owing_lists import queries, service
from miernik_indicators.owing_lists.schemas import OwingList, OwingListState, OwingUnit
from miernik_shared.database import columns_of
from miernik_shared.values.free_texts import CodeKey, CodePath
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import changes, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import ListUnitOfWork
from miernik_shared.web.paging import Page
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/forms/{code}/periods/{period}", tags=["forms"], route_class=ScopedRoute)
PeriodText = Annotated[CodeKey, Path(examples=["2011-H1"])]
AsOf = Annotated[Day | None, Query(description="Day by which units owe a period that has not ended; today by default")]


@router.get("/owing-units", **reads("reports:read", 404))
async def list_owing_units(
    code: CodePath, period: PeriodText, work: ListUnitOfWork, paging: Paging, as_of: AsOf = None
) -> Page[OwingUnit]:
    """Units that owe the return for a period, by code, and whether they gave it. A unit sees itself."""
    form, opened = await find_opened_period(work, code, period)
    own = None if work.caller.region else list(work.caller.units)
    query = queries.OwingQuery(
        form.form_no, opened.period, opened.ends_on, as_of or work.today, work.read_position, own
    )
    async with time_budget(work):
        page = await queries.list_owing_units(work.connection, query, paging)
    return Page(items=[OwingUnit.model_validate(columns_of(row)) for row in page.rows], next=page.next)


@router.get("/owing-list", **reads("reports:read", 404))
async def read_owing_list(code: CodePath, period: PeriodText, response: Response, work: ListUnitOfWork) -> OwingList:
    """Officer's list of the units that owe the return; a change sends its ETag as `If-Match`."""
    found = await service.read_list(work, code, period)
    if work.known_position is None:
        response.headers["ETag"] = version_etag(found.version)
    return found


@router.put("/owing-list", **changes("forms:write", 201, if_match="when_it_exists"))
async def replace_owing_list(
    code: CodePath, period: PeriodText, state: OwingListState, response: Response, work: CurrentUnitOfWork
) -> OwingList:
    """Enter or replace (with `If-Match`) the list. It counts where the form is owed by a list."""
    replaced, is_new = await service.replace_list(work, code, period, state)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = version_etag(replaced.version)
    return replaced
