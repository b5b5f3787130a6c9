"""Report of the indicators, as far as the gateway reads it."""

from datetime import date as Day
from decimal import Decimal

from pydantic import BaseModel

from miernik_gateway.dashboards.catalogue.dashboard import Source, TerritoryReport


class Target(BaseModel, frozen=True):
    """Target in force on the report's day."""

    value: Decimal
    status: str
    effective_on: Day
    earmarked_value: Decimal | None
    earmarked_label: str | None


class IndicatorRow(BaseModel, frozen=True):
    """Indicator, or with ``level`` 1 a part of the indicator above it."""

    measure: str
    indicator: str
    breakdown: str | None
    level: int
    name: str
    unit_of_measure: str
    original_target: Target | None
    revised_target: Target | None
    achieved: Decimal | None
    reported: int
    missing: int
    withheld: bool
    """Whether the figure is withheld from the reader, as ``withheld_reason`` explains."""
    withheld_reason: str | None
    period: str | None
    """Newest period that the indicator's form asks for; null if there is none."""
    owing: int | None
    """Units that owe a return for the period; null if that is not known."""
    given: int
    given_for_period: int
    complete: bool
    percentage: Decimal | None
    percentage_base: str | None
    """Status of the target that ``percentage`` is computed against."""
    change_note: str | None
    proof: str


class IndicatorSource(BaseModel, frozen=True):
    """Origin of the figures of a measure."""

    measure: str
    text: str
    date: Day


class IndicatorReport(TerritoryReport, frozen=True):
    """Indicators achieved up to a day in a territory."""

    rows: list[IndicatorRow]
    sources: list[IndicatorSource]


INDICATOR_REPORT = Source(
    "indicators",
    "/v1/reports/indicators",
    IndicatorReport,
    families=("observations:{voivodeship}", "definitions", "forms", "units", "register"),
)
