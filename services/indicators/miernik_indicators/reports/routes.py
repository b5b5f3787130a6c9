"""Endpoints of the reports."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from miernik_indicators.reports.bounds import build_report_bounds
from miernik_indicators.reports.indicators import ReportQuery, build_indicator_report
from miernik_indicators.reports.observations import ObservationQuery, read_observations_page
from miernik_indicators.reports.schemas import IndicatorReport, Observation, ReportBounds
from miernik_indicators.reports.territory import read_territory
from miernik_shared.values.free_texts import CodeKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import ReportUnitOfWork
from miernik_shared.web.paging import Page
from miernik_shared.web.past_reads import time_budget
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["reports"], route_class=ScopedRoute)

AsOf = Annotated[Day | None, Query(description="What was true on that day (stan na dzień); today in Warsaw by default")]


async def _read_measure(
    measure: Annotated[CodeKey | None, Query(description="A measure, its sub-measures included")] = None,
) -> str | None:
    return measure


async def _read_territory(
    territory: Annotated[
        CodeKey | None, Query(description="TERC code, or PL for all; the office's voivodeship by default")
    ] = None,
) -> str | None:
    return territory


# Dependencies, since FastAPI lists the parameters of dependencies last: these follow `known_at` in the document.
Measure = Annotated[str | None, Depends(_read_measure)]
TerritoryText = Annotated[str | None, Depends(_read_territory)]
FAMILIES = ("observations:{voivodeship}", "definitions", "forms", "units", "register")


@router.get("/reports/indicators", **reads("reports:read", families=FAMILIES))
async def read_indicator_report(
    work: ReportUnitOfWork,
    measure: Measure,
    territory: TerritoryText,
    as_of: AsOf = None,
) -> IndicatorReport:
    """Targets and achieved values of all indicators (slides 7-9), as of any day, known at any moment."""
    async with time_budget(work, of_present=not work.caller.region):
        return await build_indicator_report(work, ReportQuery(as_of or work.today, measure, territory))


@router.get("/reports/indicators/bounds", **reads("reports:read", families=("observations", "definitions", "register")))
async def read_indicator_report_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """First and last day with figures, voivodeships and measures: the valid parameters of the report."""
    return await build_report_bounds(work)


@router.get("/observations", **reads("reports:read"))
async def list_observations(
    work: ReportUnitOfWork,
    territory: TerritoryText,
    paging: Paging,
    indicator: CodeKey,
    breakdown: CodeKey | None = None,
    as_of: AsOf = None,
) -> Page[Observation]:
    """Observations behind a figure. Accepts `known_at`, as every report does."""
    day = as_of or work.today
    chosen = await read_territory(work, territory, day)
    return await read_observations_page(work, ObservationQuery(indicator, breakdown, chosen, day), paging)
