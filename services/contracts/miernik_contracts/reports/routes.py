"""Endpoints of the reports."""

from typing import Annotated

from fastapi import APIRouter, Query

from miernik_contracts.rates.rules import RateSource
from miernik_contracts.reports.bounds import report_bounds
from miernik_contracts.reports.contracting import contracting_report
from miernik_contracts.reports.reconciliation import reconciliation_report
from miernik_contracts.reports.report_query import ReportQuery
from miernik_contracts.reports.schemas import ContractingReport, ReconciliationReport, ReportBounds
from miernik_shared.values.free_texts import CodeKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import OfficeOrAll
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.known_at import ReportUnitOfWork
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork, UnitOfWork

router = APIRouter(prefix="/v1/reports", tags=["reports"], route_class=ScopedRoute)

AsOf = Annotated[Day | None, Query(description="Day of the figures (stan na dzień); today in Warsaw by default")]
Office = Annotated[
    OfficeOrAll | None, Query(description="TERYT code of a voivodeship, or PL for all; the own office by default")
]
Measure = Annotated[CodeKey | None, Query(description="Code of a node; selects it and all nodes below it")]
FAMILIES = ("programme", "allocations", "rates", "agreements:{office}", "recommended:{office}")
_RECONCILED = ("programme", "agreements:{office}", "recommended:{office}")
_BOUNDS = ("programme", "agreements", "recommended")


@router.get("/contracting", **reads("reports:read", families=FAMILIES))
async def read_contracting_report(
    work: ReportUnitOfWork,
    as_of: AsOf = None,
    office: Office = None,
    measure: Measure = None,
    rate_source: Annotated[
        RateSource | None, Query(description="Source of the rate for all allocations; by default the source of each")
    ] = None,
    rate_on: Annotated[
        Day | None, Query(description="Day of the rate, today at the latest; `as_of` by default")
    ] = None,
) -> ContractingReport:
    """Financial progress (slide 6) on any day, as known at any moment: signed, recommended, contracted share."""
    query = ReportQuery(
        as_of or work.today, work.requested_known_at, _office(work, office), measure, rate_source, rate_on
    )
    return await contracting_report(work, query)


@router.get("/contracting/bounds", **reads("reports:read", families=_BOUNDS))
async def read_contracting_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """Filter values of the report: first and last day with figures, offices and measures."""
    return await report_bounds(work)


@router.get("/reconciliation", **reads("reports:read", families=_RECONCILED))
async def read_reconciliation(
    work: ReportUnitOfWork, as_of: AsOf = None, office: Office = None
) -> ReconciliationReport:
    """Reconciliation of accepted with signed and recommended by node, and each difference with its reason."""
    return await reconciliation_report(
        work, ReportQuery(as_of or work.today, work.requested_known_at, _office(work, office))
    )


@router.get("/reconciliation/bounds", **reads("reports:read", families=_BOUNDS))
async def read_reconciliation_bounds(work: CurrentUnitOfWork) -> ReportBounds:
    """Filter values of the report: first and last day with figures, offices and measures."""
    return await report_bounds(work)


def _office(work: UnitOfWork, office: str | None) -> str:
    return office or work.service.settings.home_voivodeship
