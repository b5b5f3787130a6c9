"""Decimals in requests, as text with all digits.

A JSON number with a fraction is rejected: programs parse it as binary floating point, which may silently lose a grosz.
"""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from miernik_shared.values.personal_numbers import holds_personal_number

_NOTATION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def _parse_decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, (int, str)) and holds_personal_number(str(value)):
        raise PydanticCustomError("personal_number", "a personal number is not taken here")
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("decimal_as_text", "a decimal as text is expected")
    if not _NOTATION.fullmatch(value):
        raise PydanticCustomError("decimal_notation", "digits and a decimal point are expected")
    return Decimal(value)


DecimalText = BeforeValidator(_parse_decimal)
"""Validator of a decimal of zero or more, as text or as an integer JSON number."""


def quantize_to(number: int) -> AfterValidator:
    """Validator that gives a value exactly ``number`` decimals, as it is stored and returned."""
    unit = Decimal(1).scaleb(-number)
    return AfterValidator(lambda value: value.quantize(unit))


def document_decimal(example: str) -> WithJsonSchema:
    """JSON schema of decimal text, with an example."""
    return WithJsonSchema({"type": "string", "pattern": f"^{_NOTATION.pattern}$", "examples": [example]})


Amount = Annotated[
    Decimal, DecimalText, Field(gt=0, max_digits=18, decimal_places=2), quantize_to(2), document_decimal("1234.56")
]
"""Positive amount, in the currency named by the field."""
AmountOrNothing = Annotated[
    Decimal, DecimalText, Field(ge=0, max_digits=18, decimal_places=2), quantize_to(2), document_decimal("1234.56")
]
"""Amount of zero or more, in the currency named by the field."""
