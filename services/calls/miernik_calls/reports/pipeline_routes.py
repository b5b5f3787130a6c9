"""Endpoints of the report of the applications."""

from typing import Annotated

from fastapi import APIRouter, Query

from miernik_calls.reports.bounds import ReportBounds
from miernik_calls.reports.offices import OfficeText
from miernik_calls.reports.pipeline import PipelineQuery, build_pipeline_report, read_pipeline_bounds
from miernik_calls.reports.pipeline_schemas import PipelineReport
from miernik_shared.values.free_texts import CodeKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.known_at import ReportUnitOfWork
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1/reports/pipeline", tags=["reports"], route_class=ScopedRoute)

FAMILIES = ("programme", "applications:{office}")


@router.get("", **reads("reports:read", families=FAMILIES))
async def read_pipeline_report(
    work: ReportUnitOfWork,
    as_of: Annotated[
        Day | None, Query(description="What was true on that day (stan na dzień); today in Warsaw by default")
    ] = None,
    office: OfficeText = None,
    measure: Annotated[
        CodeKey | None, Query(description="Code of a measure or another node, those below it included")
    ] = None,
) -> PipelineReport:
    """Applications submitted, formally positive and accepted (slide 5), for any day, as known at any moment."""
    async with time_budget(work):
        return await build_pipeline_report(work, PipelineQuery(as_of or work.today, office, measure))


@router.get("/bounds", **reads("reports:read", families=("programme", "applications")))
async def read_pipeline_report_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """First and last day with applications, offices, measures and years: the possible values of the filters."""
    return await read_pipeline_bounds(work)
