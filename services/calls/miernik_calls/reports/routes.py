"""Endpoints of the report of the calls."""

from typing import Annotated

from fastapi import APIRouter, Query

from miernik_calls.reports.bounds import ReportBounds
from miernik_calls.reports.calls import CallReportQuery, build_call_report, read_call_bounds
from miernik_calls.reports.calls_schemas import CallReport
from miernik_calls.reports.offices import OfficeText
from miernik_shared.values.free_texts import CodeKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.known_at import ReportUnitOfWork
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/reports/calls", tags=["reports"], route_class=ScopedRoute)

FAMILIES = ("programme", "calls", "applications:{office}")


@router.get("", **reads("reports:read", families=FAMILIES))
async def read_call_report(
    work: ReportUnitOfWork,
    as_of: Annotated[
        Day | None, Query(description="What was true on that day (stan na dzień); today in Warsaw by default")
    ] = None,
    office: OfficeText = None,
    measure: Annotated[
        CodeKey | None, Query(description="Code of a measure or another node, those below it included")
    ] = None,
    year: Annotated[
        int | None,
        Query(ge=1900, le=2199, description="Of the closing day, else of the announcement or the planned signing"),
    ] = None,
) -> CallReport:
    """Calls for proposals, all or those of a year (slides 17-19), for any day, as known at any moment."""
    async with time_budget(work):
        return await build_call_report(work, CallReportQuery(as_of or work.today, office, measure, year))


@router.get("/bounds", **reads("reports:read", families=("programme", "calls", "applications")))
async def read_call_report_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """First and last day with calls, offices, measures and years: the possible values of the filters."""
    return await read_call_bounds(work)
