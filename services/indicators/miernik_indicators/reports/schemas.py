"""API models of the reports. Decimals are strings; ``null`` means unknown, never 0."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from miernik_shared.values.iso_dates import Day, Instant

Status = Literal["original", "proposed", "approved"]


class ReportTerritory(BaseModel):
    """Territory of the figures; ``code`` is ``PL`` for all voivodeships together."""

    code: str
    name: str
    level: Literal["country", "voivodeship", "powiat", "gmina"]


class TargetCell(BaseModel):
    """Target (wartość docelowa) in force on the day of the report."""

    value: Decimal
    status: Status
    effective_on: Day
    earmarked_value: Decimal | None
    earmarked_label: str | None


class IndicatorRow(BaseModel):
    """Row of the report; ``level`` 1 is an "of which" row (w tym) of the indicator above it."""

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
    withheld: bool = Field(
        description="Whether the figure and its percentage are withheld, since the reader could subtract from them and "
        "learn another unit's value; always false for a reader of the region"
    )
    withheld_reason: str | None = Field(description="Why the figure is withheld; null for one that is not")
    period: str | None = Field(
        description="Newest period of the form that ended by the day; null while none has ended or no form collects it",
        examples=["2011-H2"],
    )
    owing: int | None = Field(description="Units that owe a return for the period; null if that is not known")
    given: int = Field(description="Units with a return in the periods of the figure, whatever their newest one")
    given_for_period: int = Field(description="Of the units that owe the period, those that gave the value for it")
    complete: bool = Field(
        description="Whether all units that owe the period gave the value for it and none is declared missing; "
        "for a sum and a maximum, whether they did so for all periods"
    )
    percentage: Decimal | None
    percentage_base: Status | None = Field(description="The target of which the percentage is; null if there is none")
    last_period_end: Day | None
    change_note: str | None
    proof: str = Field(description="Address of the values behind the figure")


class SourcePeriod(BaseModel):
    """Period, and the number of units whose newest return it is."""

    period: str
    units: int


class ReportSource(BaseModel):
    """Source note of the figures of a measure. The text names the periods with their units."""

    measure: str
    text: str
    date: Day
    periods: list[SourcePeriod]


class IndicatorReport(BaseModel):
    """Physical progress (postęp rzeczowy) as of a day, known at a moment."""

    as_of: Day
    known_at: Instant | None
    position: int
    territory: ReportTerritory
    rows: list[IndicatorRow]
    sources: list[ReportSource]


class BoundsOffice(BaseModel):
    """Voivodeship with figures."""

    code: str
    name: str | None


class BoundsMeasure(BaseModel):
    """Measure with indicators; its name belongs to the programme and is unknown to this service."""

    code: str
    name: str | None = None


class ReportBounds(BaseModel):
    """Valid parameters of a report; both days are null while there are no figures."""

    first_on: Day | None
    last_on: Day | None
    offices: list[BoundsOffice]
    measures: list[BoundsMeasure]
    years: list[int]
    position: int


class Observation(BaseModel):
    """Value behind a figure, and the submission that reported it."""

    unit: str
    indicator: str
    breakdown: str | None
    period_end: Day
    value: Decimal | None
    counts: bool = Field(description="Whether the figure contains the value; the values that count add up to it")
    reason: str | None = Field(description="Why the value does not count; null for one that does")
    submission_id: UUID
    row: int = Field(description="Row of the file, as a spreadsheet numbers it")
