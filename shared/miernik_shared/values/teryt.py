"""Codes of the official territorial register (TERYT, list TERC): WW, WWPP, WWPPGG and WWPPGGR.

WW is the voivodeship, PP the powiat, GG the gmina and R its kind (RODZ): 1 urban, 2 rural, 3 urban-rural,
4 town and 5 rural area of an urban-rural gmina, 8 district of Warsaw, 9 delegatura of a large city.
There is no check digit: only the register of a given day decides whether a code exists.
"""

import re
from dataclasses import dataclass
from typing import Literal, Self

Level = Literal["voivodeship", "powiat", "gmina"]

REPORTING_KINDS = frozenset({"1", "2", "3"})
PART_KINDS = frozenset({"4", "5", "8", "9"})

_SHAPE = re.compile(r"(?P<key>[0-9]{1,6})|(?P<gmina>[0-9]{5,6})_(?P<suffix>[1-9])|(?P<full>[0-9]{6})(?P<kind>[1-9])")
# What people and spreadsheets put around and between the digits: 04 04 03 2, 040403-2, '0404032, ="0404032".
_MARKED_AS_TEXT = re.compile(r"(?:=\"(?P<quoted>.*)\"|'+(?P<plain>.*))", re.DOTALL)
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\u2010-\u2015\u2212-]+(?=[0-9])")
_LEVELS: dict[int, Level] = {2: "voivodeship", 4: "powiat", 6: "gmina"}


class LostLeadingZero(ValueError):
    """Code of 1, 3 or 5 digits, which a spreadsheet converted to a number. `restored` is the code with its zero."""

    def __init__(self, text: str, restored: str) -> None:
        super().__init__(f"territory code {text!r} has lost its leading zero, expected {restored!r}")
        self.restored = restored


@dataclass(frozen=True, slots=True, order=True)
class TerritoryCode:
    """Code of a voivodeship (`04`), powiat (`0402`) or gmina (`040201`), with the gmina's kind if it was given.

    `code` is the permanent key: kinds change over the years (rural gminy become towns), keys do not.
    """

    code: str
    kind: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(?:[0-9]{2}){1,3}", self.code):
            raise ValueError(f"territory code {self.code!r} is not 2, 4 or 6 digits")
        if "00" in (self.code[:2], self.code[2:4], self.code[4:]):
            raise ValueError(f"territory code {self.code!r} has a part 00, which is no place")
        if self.kind and not (len(self.code) == 6 and re.fullmatch("[1-9]", self.kind)):
            raise ValueError(f"kind {self.kind!r} does not fit territory code {self.code!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `04`, `0402`, `040201`, `0402011` or `040201_1`, with blanks and dashes between the digits.

        Six digits are always the key of a gmina, though they could be seven that lost a zero (`402011`): the register
        rejects those, since there is no voivodeship 40.
        Raises `LostLeadingZero` for an odd number of key digits, `ValueError` for anything else.
        """
        found = _SHAPE.fullmatch(_join_digits(text))
        if found is None:
            raise ValueError(f"{text!r} is not a territory code: expected 2, 4, 6 or 7 digits")
        key = found["key"] or found["gmina"] or found["full"]
        kind = found["suffix"] or found["kind"] or ""
        if len(key) % 2 == 0:
            return cls(key, kind)
        restored = cls(f"0{key}", kind)
        raise LostLeadingZero(text, f"{restored.code}_{kind}" if kind else restored.code)

    def __str__(self) -> str:
        return self.code + self.kind

    @property
    def level(self) -> Level:
        """Level of the territory, by the length of the code."""
        return _LEVELS[len(self.code)]

    @property
    def voivodeship(self) -> str:
        """Code of the voivodeship (two digits)."""
        return self.code[:2]

    @property
    def powiat(self) -> str | None:
        """Code of the powiat (four digits); None for a voivodeship."""
        return self.code[:4] if len(self.code) > 2 else None

    @property
    def is_reporting_kind(self) -> bool:
        """Whether reporting units may have this kind: parts of a gmina, districts and delegatury submit no returns."""
        return not self.kind or self.kind in REPORTING_KINDS

    def contains(self, other: "TerritoryCode") -> bool:
        """Whether `other` is this territory or inside it, by the digits; a part of a gmina contains only itself.

        Keys of districts and delegatury do not begin with that of their city's gmina: only its powiat contains them.
        """
        if self.kind in PART_KINDS:
            return self == other
        return other.code.startswith(self.code)


def _join_digits(text: str) -> str:
    """Code without the marks of spreadsheets, blanks and dashes."""
    plain = text.strip()
    if marked := _MARKED_AS_TEXT.fullmatch(plain):
        plain = (marked["quoted"] or marked["plain"] or "").strip()
    return _BETWEEN_DIGITS.sub("", plain)
