"""Amounts and rates as they stand in JSON: decimals as text, exact to the grosz.

A JSON number with a fraction is refused: programs read it as binary floating point, and a grosz would be lost unseen.
"""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_NOTATION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def _from_text(value: Any) -> Any:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("decimal_as_text", "a decimal as text is expected")
    if not _NOTATION.fullmatch(value):
        raise PydanticCustomError("decimal_notation", "digits and a decimal point are expected")
    return Decimal(value)


def _places(number: int) -> AfterValidator:
    unit = Decimal(1).scaleb(-number)
    return AfterValidator(lambda value: value.quantize(unit))


def _shown(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{_NOTATION.pattern}$", "examples": [example]})


Amount = Annotated[
    Decimal,
    BeforeValidator(_from_text),
    Field(gt=0, max_digits=18, decimal_places=2),
    _places(2),
    _shown("1234.56"),
]
"""A positive amount of the currency that the field's name says."""
AmountOrNothing = Annotated[
    Decimal,
    BeforeValidator(_from_text),
    Field(ge=0, max_digits=18, decimal_places=2),
    _places(2),
    _shown("1234.56"),
]
"""The same, or nothing: money that was taken back."""
RateValue = Annotated[
    Decimal,
    BeforeValidator(_from_text),
    Field(gt=0, max_digits=12, decimal_places=6),
    _places(6),
    _shown("4.1445"),
]
Percent = Annotated[
    Decimal,
    BeforeValidator(_from_text),
    Field(ge=100, max_digits=7, decimal_places=2),
    _places(2),
    _shown("105.00"),
]
"""A limit in percent; below 100 it would not be over-contracting."""
