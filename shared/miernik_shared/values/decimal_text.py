"""Decimals as they stand in requests: text, exact to the last digit.

A JSON number with a fraction is refused: programs read it as binary floating point, and a grosz would be lost unseen.
"""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_NOTATION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def _parse_decimal(value: Any) -> Any:
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("decimal_as_text", "a decimal as text is expected")
    if not _NOTATION.fullmatch(value):
        raise PydanticCustomError("decimal_notation", "digits and a decimal point are expected")
    return Decimal(value)


DecimalText = BeforeValidator(_parse_decimal)
"""Takes a decimal of nought or more as text, or a whole JSON number."""


def quantize_to(number: int) -> AfterValidator:
    """Gives every value so many decimals, as it is stored and shown."""
    unit = Decimal(1).scaleb(-number)
    return AfterValidator(lambda value: value.quantize(unit))


def document_decimal(example: str) -> WithJsonSchema:
    """How the documents describe it."""
    return WithJsonSchema({"type": "string", "pattern": f"^{_NOTATION.pattern}$", "examples": [example]})


Amount = Annotated[
    Decimal, DecimalText, Field(gt=0, max_digits=18, decimal_places=2), quantize_to(2), document_decimal("1234.56")
]
"""A positive amount of the currency that the field's name says."""
AmountOrNothing = Annotated[
    Decimal, DecimalText, Field(ge=0, max_digits=18, decimal_places=2), quantize_to(2), document_decimal("1234.56")
]
"""The same, or nothing."""
