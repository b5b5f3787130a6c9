"""Texts that people type. A PESEL has no place in a register of money and results, so none is taken in with them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from miernik_shared.values.personal_numbers import holds_personal_number

STORED = {"stored": True}
"""Context of validating what is read back: it was judged when it came in, and a rule that has become stricter since
must not make it unreadable."""


def _refuse_personal_number(text: str | None, info: ValidationInfo) -> str | None:
    if text and info.context is not STORED and holds_personal_number(text):
        raise PydanticCustomError("personal_number", "a personal number is not taken here")
    return text


NoPersonalNumber = AfterValidator(_refuse_personal_number)
"""Refuses a text with a PESEL anywhere in it; the refusal does not repeat it."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NoPersonalNumber]
"""A name, a title, a number as an institution or another system writes it."""
