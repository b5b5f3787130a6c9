"""Shapes of the exchange rates' API."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_contracts.money import RateValue
from miernik_contracts.rates.rules import RateSource
from miernik_shared.values.free_texts import Code, NoPersonalNumber
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Code]
TableNumber = Annotated[str, StringConstraints(min_length=1, max_length=40), Code, NoPersonalNumber]


class NewRate(BaseModel):
    """Price of one unit of a currency in PLN on a day. A second one for the same day is a correction."""

    model_config = ConfigDict(extra="forbid")

    source: RateSource
    office: Office | None = Field(
        default=None, description="Office that declared the rate; for the source `office` only"
    )
    table_no: TableNumber | None = Field(default=None, examples=["168/A/NBP/2011"])
    currency: Currency = Field(default="EUR", examples=["EUR"])
    effective_on: Day
    rate: RateValue


class ExchangeRate(BaseModel):
    """A recorded rate (kurs)."""

    source: RateSource
    office: str | None
    table_no: str | None
    currency: str
    effective_on: Day
    rate: Decimal
    position: int


class RateInForce(BaseModel):
    """Rate in force on the day `asked_on`, and the table that published it."""

    source: RateSource
    office: str | None
    table_no: str | None
    currency: str
    effective_on: Day
    rate: Decimal
    asked_on: Day


class RateImportReceipt(BaseModel):
    """Result of an import of rates. `skipped` counts the rates of other currencies."""

    source: RateSource
    currency: str
    rates: int
    added: int
    corrected: int
    unchanged: int
    skipped: int
    first_on: Day
    last_on: Day
    position: int
