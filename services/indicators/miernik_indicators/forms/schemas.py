"""Shapes of the reporting forms' API."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from miernik_indicators.definitions.schemas import IndicatorCode
from miernik_indicators.units.schemas import UnitKind
from miernik_shared.external_ids import ExternalId
from miernik_shared.uploads.numerals import NumberFormat
from miernik_shared.values.free_texts import NoPersonalNumber, ShortText
from miernik_shared.values.written_days import Day

FormCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$"), NoPersonalNumber]


class FormState(BaseModel):
    """One version of a form: who fills it in, how often, with which indicators, in which notation."""

    model_config = ConfigDict(extra="forbid")

    title: ShortText
    unit_kind: UnitKind = Field(description="Kind of the units whose figures the rows hold", examples=["OPS"])
    period_kind: Literal["half_year", "quarter", "month", "year"]
    indicators: list[IndicatorCode] = Field(min_length=1, max_length=500)
    number_format: NumberFormat = NumberFormat()
    partial: bool = Field(default=False, description="Whether good rows are taken from a return with bad ones")
    source_note: ShortText = Field(
        description="Printed under tables; {period} is replaced by the period",
        examples=["Dane na podstawie Sprawozdania z realizacji Działania za {period}"],
    )


class NewForm(FormState):
    """A form with its first version."""

    code: FormCode
    external_ids: list[ExternalId] = []


class Form(FormState):
    """A form as it stands."""

    id: UUID
    code: str
    version: int
    external_ids: list[ExternalId] = []


class PeriodState(BaseModel):
    """When returns for a period are taken, in days of Warsaw. After ``due_on`` they are late, after ``closes_on``
    refused; without ``closes_on`` the period stays open."""

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
    """A period of a form."""

    form: str
    period: str = Field(examples=["2011-H1"])
    starts_on: Day
    ends_on: Day
    version: int
