"""Formatter of message texts: replaces placeholders by parameters, in the format that the text requests.

``{limit:PLN}`` is an amount in that currency, ``{seen:number}`` a number, ``{stage:word}`` a code with its label.
``{now:instant}`` is a day and time in Warsaw, ``{sign:character}`` the name of a code point such as ``U+200B``.
``{row:place}`` begins a sentence about a row of a file with its number, and is empty outside of files.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from miernik_shared.formats import Language
from miernik_shared.formats.display import day, money, number
from miernik_shared.values.as_of import WARSAW
from miernik_shared.values.identity import name_character

_ROW: Mapping[Language, str] = {"pl": "Wiersz", "en": "Row"}
_CODE_POINT = re.compile("U\\+[0-9A-F]{4,6}")
_CURRENCY = re.compile("[A-Z]{3}")


class MessageFormatter(Formatter):
    """Formatter of the texts of one language. ``words`` are labels by code; codes without a label stay unchanged."""

    def __init__(self, language: Language, words: Mapping[str, str]) -> None:
        self._language: Language = language
        self._words = words

    def fill(self, text: str, params: Mapping[str, str]) -> str:
        """Replace the placeholders of a text. Raises ``KeyError`` for a missing parameter."""
        return self.vformat(text, (), params)

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format one parameter. A value that is not a number, such as "…" or "–", is printed as it is."""
        if format_spec == "place":
            return "" if value == "–" else f"{_ROW[self._language]} {value}: "
        if format_spec == "word":
            return self._with_word(value)
        if format_spec == "character":
            return self._with_character(value)
        if format_spec == "instant":
            return self._format_instant(value)
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

    def _with_character(self, code: str) -> str:
        if code in self._words or not _CODE_POINT.fullmatch(code):
            return self._with_word(code)
        return f"{name_character(code)} ({code})"

    def _format_instant(self, text: str) -> str:
        try:
            local = datetime.fromisoformat(text).astimezone(WARSAW)
        except ValueError:
            return text
        return f"{day(local.date(), self._language)}, {local:%H:%M:%S}"
