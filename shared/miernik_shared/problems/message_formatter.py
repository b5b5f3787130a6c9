"""Filling the placeholders of texts. Parameters are for programs; a text says how a reader is to see one of them.

``{limit:PLN}`` is an amount of that currency, ``{seen:number}`` a number, and ``{stage:word}`` a code with its word.
``{row:place}`` opens a sentence about a row of a file, and is nothing outside of files.
"""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from miernik_shared.formats import Language
from miernik_shared.formats.display import money, number

_ROW: Mapping[Language, str] = {"pl": "Wiersz", "en": "Row"}
_CURRENCY = re.compile("[A-Z]{3}")


class MessageFormatter(Formatter):
    """Fills texts of one language. ``words`` are what its readers call the codes; others stand as they are."""

    def __init__(self, language: Language, words: Mapping[str, str]) -> None:
        self._language: Language = language
        self._words = words

    def fill(self, text: str, params: Mapping[str, str]) -> str:
        """The sentence. Raises ``KeyError`` for a parameter that is not there."""
        return self.vformat(text, (), params)

    def format_field(self, value: Any, format_spec: str) -> str:
        """One parameter. A figure that is told as "…" or "–" stays what it is."""
        if format_spec == "place":
            return "" if value == "–" else f"{_ROW[self._language]} {value}: "
        if format_spec == "word":
            return self._with_word(value)
        if format_spec != "number" and not _CURRENCY.fullmatch(format_spec):
            return super().format_field(value, format_spec)
        try:
            figure = Decimal(value)
        except InvalidOperation:
            return value
        return number(figure, self._language) if format_spec == "number" else money(figure, format_spec, self._language)

    def _with_word(self, code: str) -> str:
        word = self._words.get(code)
        return f"„{word}” ({code})" if word else code
