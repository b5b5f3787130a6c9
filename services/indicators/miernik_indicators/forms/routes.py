"""Endpoints of the reporting forms and their periods."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from miernik_indicators.forms import queries, service
from miernik_indicators.forms.schemas import Form, FormPeriod, FormState, NewForm, PeriodState
from miernik_shared.database import columns_of
from miernik_shared.values.free_texts import CodeKey, CodePath
from miernik_shared.web.endpoint_declarations import changes, creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.paging import Page
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/forms", tags=["forms"], route_class=ScopedRoute)
PeriodText = Annotated[CodeKey, Path(examples=["2011-H1"])]


@router.post("", **creates("forms:write"))
async def make_form(new: NewForm, response: Response, work: CurrentUnitOfWork) -> Form:
    """Add a reporting form."""
    made = await service.make_form(work, new)
    response.headers["ETag"] = version_etag(1)
    response.headers["Location"] = f"/v1/forms/{made.code}"
    return made


@router.get("", **reads("reports:read"))
async def list_forms(work: CurrentUnitOfWork, paging: Paging) -> Page[Form]:
    """Forms by code."""
    page = await queries.list_forms(work.connection, paging)
    return Page(items=await service.render_forms(work, page.rows), next=page.next)


@router.get("/{code}", **reads("reports:read", 404))
async def read_form(code: CodePath, response: Response, work: CurrentUnitOfWork) -> Form:
    """One form; a change sends its ETag as `If-Match`."""
    row = await service.find_form(work, code)
    response.headers["ETag"] = version_etag(row.version)
    return (await service.render_forms(work, [row]))[0]


@router.put("/{code}", **changes("forms:write"))
async def change_form(code: CodePath, state: FormState, response: Response, work: CurrentUnitOfWork) -> Form:
    """Append a version of a form."""
    changed = await service.change_form(work, code, state)
    response.headers["ETag"] = version_etag(changed.version)
    return changed


@router.get("/{code}/periods", **reads("reports:read", 404))
async def list_periods(code: CodePath, work: CurrentUnitOfWork) -> list[FormPeriod]:
    """Periods of a form in chronological order."""
    row = await service.find_form(work, code)
    periods = await queries.list_periods(work.connection, row.form_no)
    return [FormPeriod.model_validate(columns_of(one) | {"form": code}, extra="ignore") for one in periods]


@router.put("/{code}/periods/{period}", **changes("forms:write", 201, if_match="when_it_exists"))
async def open_period(
    code: CodePath, period: PeriodText, state: PeriodState, response: Response, work: CurrentUnitOfWork
) -> FormPeriod:
    """Open a period for returns, or change its days (with `If-Match`)."""
    opened, is_new = await service.open_period(work, code, period, state)
    response.status_code = 201 if is_new else 200
    response.headers["ETag"] = version_etag(opened.version)
    return opened
