"""Texts in requests: names, identifiers and codes, in their shown form or as the key of a look-up.

What is written is refused if it contains a PESEL, which a register of money and results does not need, or a character
that nobody sees; what is only looked up is reduced to its key (:mod:`miernik_shared.values.identity`).
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticKnownError

from miernik_shared.values.identity import (
    InvisibleCharacterError,
    identity_key,
    shown_identifier,
    shown_lines,
    shown_text,
)
from miernik_shared.values.personal_numbers import holds_personal_number

STORED = {"stored": True}
"""Validation context of stored data, which skips the checks: a stricter rule must not make the data unreadable."""


def _refuse_personal_number(text: str | None, info: ValidationInfo) -> str | None:
    if text and info.context is not STORED and holds_personal_number(text):
        raise PydanticCustomError("personal_number", "a personal number is not taken here")
    return text


def _normalise(form: Callable[[str], str]) -> BeforeValidator:
    """Validator that brings a text into a form, before its length and pattern are checked."""

    def normalise(value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str) or info.context is STORED:
            return value
        try:
            return form(value)
        except InvisibleCharacterError as error:
            found = error.found
            params = {"character": found.code, "position": str(found.position)}
            raise PydanticCustomError("text_unprintable", "an invisible character is not taken", params) from error

    return BeforeValidator(normalise)


def _code(text: str) -> str:
    """Code as stored, which is its own key."""
    return identity_key(shown_text(text))


def lookup_key(text: str) -> str:
    """Key of what is looked up. Raises Pydantic's error of a text that is too short where nothing is left of it."""
    key = identity_key(text)
    if not key:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return key


NoPersonalNumber = AfterValidator(_refuse_personal_number)
"""Validator that rejects a text with a PESEL anywhere in it; the error does not repeat it."""
Shown = _normalise(shown_text)
"""Validator of a name or a title on one line."""
ShownLines = _normalise(shown_lines)
"""Validator of a longer text, in which line breaks may stand."""
ShownIdentifier = _normalise(shown_identifier)
"""Validator of a number or another identifier."""
Code = _normalise(_code)
"""Validator of a code: a pattern allows so few characters that a code is stored as its key."""
LookupKey = _normalise(lookup_key)
"""Validator of what is only looked up, in a filter or an address: any spelling becomes the key, which is not empty."""

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), Shown, NoPersonalNumber]
"""Name or title: 1 to 200 characters."""
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200), ShownIdentifier, NoPersonalNumber]
"""Number that an institution or another system gives: 1 to 200 characters."""
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000), ShownLines, NoPersonalNumber]
"""Explanation or legal basis, possibly of several lines: 1 to 2000 characters."""
IdentifierKey = Annotated[str, StringConstraints(max_length=200), LookupKey, NoPersonalNumber]
"""Key of an identifier that is looked up."""
CodeKey = Annotated[str, StringConstraints(max_length=40), LookupKey]
"""Key of a code that is looked up."""
CodePath = Annotated[str, LookupKey]
"""Key of a code in an address, of any length."""
