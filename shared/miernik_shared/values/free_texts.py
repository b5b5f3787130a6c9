"""Texts that people type. They are rejected if they contain a PESEL: a register of money and results needs none."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from miernik_shared.values.personal_numbers import holds_personal_number

STORED = {"stored": True}
"""Validation context of stored data, which skips the check: a stricter rule must not make the data unreadable."""


def _refuse_personal_number(text: str | None, info: ValidationInfo) -> str | None:
    if text and info.context is not STORED and holds_personal_number(text):
        raise PydanticCustomError("personal_number", "a personal number is not taken here")
    return text


NoPersonalNumber = AfterValidator(_refuse_personal_number)
"""Validator that rejects a text with a PESEL anywhere in it; the error does not repeat it."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NoPersonalNumber]
"""Name, title, or number of an institution or another system: 1 to 200 characters."""
