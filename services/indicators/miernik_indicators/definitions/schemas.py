"""API models of the indicators. Values are decimals as strings, in the indicator's unit of measure."""

from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from miernik_shared.external_ids import ExternalId
from miernik_shared.values.decimal_text import DecimalText, document_decimal
from miernik_shared.values.free_texts import Code, NoPersonalNumber, ShortText, Shown, ShownLines
from miernik_shared.values.iso_dates import Day

IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"), Code, NoPersonalNumber]
PartCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$"), Code, NoPersonalNumber]
Measure = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.]{0,15}$"), Code, NoPersonalNumber]
Value = Annotated[Decimal, DecimalText, Field(max_digits=20, decimal_places=6, ge=0), document_decimal("3452.5")]
LongName = Annotated[str, StringConstraints(min_length=1, max_length=4000), Shown, NoPersonalNumber]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), ShownLines, NoPersonalNumber]


class Part(BaseModel):
    """Part of an indicator, an "of which" row (w tym): never greater than the whole, with targets of its own."""

    model_config = ConfigDict(extra="forbid")

    code: PartCode
    name: ShortText


class DefinitionState(BaseModel):
    """Version of the definition of an indicator (wskaźnik)."""

    model_config = ConfigDict(extra="forbid")

    name: LongName
    definition: Text
    unit_of_measure: ShortText = Field(examples=["osoby"])
    whole_numbers: bool = Field(
        default=False, description="Whether it counts persons or things: a fraction in a return is then a finding"
    )
    kind: Literal["output", "result"]
    aggregation: Literal["sum", "last", "max"] = Field(
        description="Over time, unit by unit: `sum` adds the periods, `last` takes the latest, `max` the greatest"
    )
    percentage_base: Literal["original", "revised"] = Field(description="The target of which the % is shown")
    baseline: Value | None = None
    parts: list[Part] = Field(default=[], max_length=50)
    valid_from: Day


class NewIndicator(DefinitionState):
    """New indicator with the first version of its definition."""

    code: IndicatorCode
    measure: Measure = Field(description="Measure or sub-measure (działanie, poddziałanie)", examples=["7.1"])
    external_ids: list[ExternalId] = []


class NewDefinition(DefinitionState):
    """Further version. A redefinition starts a new series: no total and no percentage spans two series."""

    redefined: bool
    change_note: ShortText | None = Field(default=None, examples=["zmiana nazwy i definicji wskaźnika"])


class Definition(DefinitionState):
    """Recorded version of a definition."""

    version: int
    redefined: bool
    change_note: str | None


class NewTarget(BaseModel):
    """Target (wartość docelowa) from a day on; the earmarked value is the part of it reserved for a purpose."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["original", "proposed", "approved"]
    value: Value
    breakdown: PartCode | None = None
    earmarked_value: Value | None = None
    earmarked_label: ShortText | None = Field(default=None, examples=["wynikające z KRW"])
    effective_on: Day


class Target(NewTarget):
    """Recorded target."""

    position: int


class Indicator(BaseModel):
    """Indicator with all versions of its definition and all its targets, oldest first."""

    id: UUID
    code: str
    measure: str
    definitions: list[Definition]
    targets: list[Target]
    external_ids: list[ExternalId] = []
