"""Texts that people type. A PESEL has no place in a register of money and results, so none is taken in with them."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from miernik_shared.values.personal_numbers import holds_personal_number, is_personal_number


def _refusal() -> PydanticCustomError:
    return PydanticCustomError("personal_number", "a personal number is not taken here")


def _without_inside(text: str | None) -> str | None:
    if text and holds_personal_number(text):
        raise _refusal()
    return text


def _is_none(text: str) -> str:
    if is_personal_number(text):
        raise _refusal()
    return text


NoPersonalNumber = AfterValidator(_without_inside)
"""Refuses a text with a PESEL anywhere in it; the refusal does not repeat it."""
Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_is_none)
]
"""A number that another system gives to a thing. Only a whole PESEL is refused: parts of numbers look like one."""
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NoPersonalNumber]
"""A name, a title, a number as an institution writes it."""
