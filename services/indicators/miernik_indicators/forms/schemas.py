"""API models of the reporting forms."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from miernik_indicators.definitions.schemas import IndicatorCode
from miernik_indicators.units.schemas import UnitKind
from miernik_shared.external_ids import ExternalId
from miernik_shared.uploads.numerals import NumberFormat
from miernik_shared.values.free_texts import Code, NoPersonalNumber, ShortText
from miernik_shared.values.iso_dates import Day

OwedBy = Literal["all_units", "list"]
FormCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$"), Code, NoPersonalNumber]


class FormState(BaseModel):
    """Version of a form: kind of its units and periods, its indicators, its number format."""

    model_config = ConfigDict(extra="forbid")

    title: ShortText
    unit_kind: UnitKind = Field(description="Kind of the units whose figures the rows hold", examples=["OPS"])
    period_kind: Literal["half_year", "quarter", "month", "year"]
    indicators: list[IndicatorCode] = Field(min_length=1, max_length=500)
    number_format: NumberFormat = NumberFormat()
    partial: bool = Field(default=False, description="Whether valid rows are accepted from a return with invalid ones")
    owed_by: OwedBy = Field(
        default="all_units",
        description="Who owes a return: all units of the kind active in the period, or those of an officer's list",
    )
    complete: bool = Field(
        default=False,
        description="Whether a return must have a row for each indicator, with `no data` where there is none; "
        "otherwise an indicator without a row is a warning",
    )
    source_note: ShortText = Field(
        description="Printed under tables; {period} is replaced by the period",
        examples=["Dane na podstawie Sprawozdania z realizacji Działania za {period}"],
    )


class NewForm(FormState):
    """New form with its first version."""

    code: FormCode
    external_ids: list[ExternalId] = []


class Form(FormState):
    """Reporting form in its latest version."""

    id: UUID
    code: str
    version: int
    external_ids: list[ExternalId] = []


class PeriodState(BaseModel):
    """Days between which returns for a period are accepted, in Warsaw time.

    After ``due_on`` they are late, after ``closes_on`` rejected; without ``closes_on`` the period stays open.
    """

    model_config = ConfigDict(extra="forbid")

    opens_on: Day
    due_on: Day
    closes_on: Day | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> "PeriodState":
        if self.due_on < self.opens_on or (self.closes_on and self.closes_on < self.due_on):
            raise ValueError("opens_on, due_on and closes_on must follow each other")
        return self


class FormPeriod(PeriodState):
    """Period of a form in its latest version."""

    form: str
    period: str = Field(examples=["2011-H1"])
    starts_on: Day
    ends_on: Day
    version: int
