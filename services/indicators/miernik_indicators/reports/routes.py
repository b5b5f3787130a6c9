"""Endpoints of the reports."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from miernik_indicators.reports.bounds import build_report_bounds
from miernik_indicators.reports.indicators import ReportQuery, build_indicator_report
from miernik_indicators.reports.observations import find_observations
from miernik_indicators.reports.schemas import IndicatorReport, Observation, ReportBounds
from miernik_indicators.reports.territory import read_territory
from miernik_shared.values.iso_dates import Day, Instant
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.paging import Cursor, Limit, Page, paged, read_cursor
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["reports"], route_class=ScopedRoute)

AsOf = Annotated[Day | None, Query(description="What was true on that day (stan na dzień); today in Warsaw by default")]
KnownAt = Annotated[Instant | None, Query(description="What we knew at that moment; now by default")]
TerritoryText = Annotated[
    str | None, Query(max_length=8, description="TERC code, or PL for all; the office's voivodeship by default")
]
Measure = Annotated[str | None, Query(max_length=16, description="A measure, its sub-measures included")]


FAMILIES = ("observations:{voivodeship}", "definitions", "forms", "units", "register")


@router.get("/reports/indicators", **reads("reports:read", 400, families=FAMILIES))
async def read_indicator_report(
    work: CurrentUnitOfWork,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    measure: Measure = None,
    territory: TerritoryText = None,
) -> IndicatorReport:
    """Targets and achieved values of all indicators (slides 7-9), as of any day, known at any moment."""
    async with time_budget(work):
        return await build_indicator_report(work, ReportQuery(as_of or work.today, known_at, measure, territory))


@router.get("/reports/indicators/bounds", **reads("reports:read", families=("observations", "definitions", "register")))
async def read_indicator_report_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """First and last day with figures, voivodeships and measures: the valid parameters of the report."""
    return await build_report_bounds(work)


@router.get("/observations", **reads("reports:read", 400))
async def list_observations(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    indicator: Annotated[str, Query(max_length=40)],
    breakdown: Annotated[str | None, Query(max_length=40)] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    territory: TerritoryText = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[Observation]:
    """Observations behind a figure. `known_at` is read from the query by every report alike."""
    del known_at
    day = as_of or work.today
    position = work.known_position if work.known_position is not None else work.position
    chosen = await read_territory(work, territory, day, position)
    after = read_cursor("observations", cursor, date, int)
    found = await find_observations(work, indicator, breakdown, chosen, day, after, limit + 1)
    key = found[limit - 1][1] if len(found) > limit else None
    return paged("observations", [one for one, _ in found], limit, key, request, response)
