"""Shapes of the reports. Decimals are strings; ``null`` means that nothing is known, never 0."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.values.written_days import Day, Instant

Status = Literal["original", "proposed", "approved"]


class ReportTerritory(BaseModel):
    """What the figures are for; ``code`` is ``PL`` for all voivodeships together."""

    code: str
    name: str
    level: Literal["country", "voivodeship", "powiat", "gmina"]


class TargetCell(BaseModel):
    """A target (wartość docelowa) in force on the report's day."""

    value: Decimal
    status: Status
    effective_on: Day
    earmarked_value: Decimal | None
    earmarked_label: str | None


class IndicatorRow(BaseModel):
    """One row of the table; ``level`` 1 is an "of which" row (w tym) of the indicator above it."""

    measure: str
    indicator: str
    breakdown: str | None
    level: int
    name: str
    unit_of_measure: str
    baseline: Decimal | None
    original_target: TargetCell | None
    revised_target: TargetCell | None
    achieved: Decimal | None
    reported: int = Field(description="Values that the figure is made of")
    missing: int = Field(description="Values declared as missing")
    complete: bool = Field(description="False when a part of the figure is missing")
    percentage: Decimal | None
    percentage_base: Status | None = Field(description="The target of which the percentage is; null if there is none")
    last_period_end: Day | None
    change_note: str | None
    proof: str = Field(description="Address of the values behind the figure")


class ReportSource(BaseModel):
    """Where the figures of a measure come from."""

    measure: str
    text: str
    date: Day


class IndicatorReport(BaseModel):
    """Physical progress (postęp rzeczowy) on a day, as known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    territory: ReportTerritory
    rows: list[IndicatorRow]
    sources: list[ReportSource]


class BoundsOffice(BaseModel):
    """A voivodeship that the report has figures of."""

    code: str
    name: str | None


class BoundsMeasure(BaseModel):
    """A measure that has indicators; its name is the programme's and not known here."""

    code: str
    name: str | None = None


class ReportBounds(BaseModel):
    """What can be asked of a report; both days are null while there are no figures."""

    first_on: Day | None
    last_on: Day | None
    offices: list[BoundsOffice]
    measures: list[BoundsMeasure]
    years: list[int]
    position: int


class Observation(BaseModel):
    """One value behind a figure, and the submission that brought it."""

    unit: str
    indicator: str
    breakdown: str | None
    period_end: Day
    value: Decimal | None
    submission_id: UUID
    row: int = Field(description="Row of the file, as a spreadsheet numbers it")
