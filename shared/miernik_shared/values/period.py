"""Reporting periods: half-years, quarters, months and years, as Polish offices write them."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import total_ordering
from typing import Literal, Self

from babel.dates import get_month_names

from miernik_shared.formats import Language

PeriodKind = Literal["half_year", "quarter", "month", "year"]

_MONTHS: dict[PeriodKind, int] = {"half_year": 6, "quarter": 3, "month": 1, "year": 12}
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_MONTH_NAMES = {
    language: [get_month_names("wide", "stand-alone", language)[number] for number in range(1, 13)]
    for language in ("pl", "en")
}
_CANONICAL: dict[PeriodKind, str] = {
    "half_year": "{year}-H{number}",
    "quarter": "{year}-Q{number}",
    "month": "{year}-{number:02d}",
    "year": "{year}",
}
_PRINTED: dict[Language, dict[PeriodKind, str]] = {
    "pl": {
        "half_year": "{roman} półrocze {year} r.",
        "quarter": "{roman} kwartał {year} r.",
        "month": "{month} {year} r.",
        "year": "{year} r.",
    },
    "en": {"half_year": "H{number} {year}", "quarter": "Q{number} {year}", "month": "{month} {year}", "year": "{year}"},
}

_YEAR = r"(?P<year>(?:19|20|21)[0-9]{2})"
_POLISH_YEAR = rf"{_YEAR}(?: ?r\.?)?"
_POLISH_MONTHS = "|".join(_MONTH_NAMES["pl"])
_SPELLINGS: tuple[tuple[PeriodKind, re.Pattern[str]], ...] = (
    ("half_year", re.compile(rf"{_YEAR}-h(?P<number>[12])")),
    ("quarter", re.compile(rf"{_YEAR}-q(?P<number>[1-4])")),
    ("month", re.compile(rf"{_YEAR}-(?P<number>0[1-9]|1[0-2])")),
    ("half_year", re.compile(rf"(?P<number>i|ii) (?:półrocze|poł\.?) {_POLISH_YEAR}")),
    ("quarter", re.compile(rf"(?P<number>i|ii|iii|iv) (?:kwartał|kw\.?) {_POLISH_YEAR}")),
    ("month", re.compile(rf"(?P<number>{_POLISH_MONTHS}) {_POLISH_YEAR}")),
    ("year", re.compile(_POLISH_YEAR)),
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """Half-year, quarter, month or year; `number` counts from 1 within the year and is 1 for a year.

    `str()` returns the canonical text: `2011-H1`, `2011-Q2`, `2011-06`, `2011`.
    Periods sort by their last day, then by their first: on the same last day, the longer one comes first.
    """

    kind: PeriodKind
    year: int
    number: int = 1

    def __post_init__(self) -> None:
        if not 1900 <= self.year <= 2199:
            raise ValueError(f"year {self.year} is not between 1900 and 2199")
        if not 1 <= self.number <= 12 // _MONTHS[self.kind]:
            raise ValueError(f"a year has no {self.kind} number {self.number}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the canonical text or a Polish spelling (`I półrocze 2011 r.`, `I poł. 2011`, `czerwiec 2011 r.`).

        Case and the kind of blanks do not matter. Raises `ValueError` for anything else.
        """
        cleaned = " ".join(unicodedata.normalize("NFC", text).lower().split())
        for kind, spelling in _SPELLINGS:
            found = spelling.fullmatch(cleaned)
            if found is not None:
                number = found.groupdict().get("number")
                return cls(kind, int(found["year"]), 1 if number is None else _number_in_year(number))
        raise ValueError(f"{text!r} is not a period: expected for example 2011-H1, 2011-Q2, 2011-06 or 2011")

    def __str__(self) -> str:
        return _CANONICAL[self.kind].format(year=self.year, number=self.number)

    def __lt__(self, other: "Period") -> bool:
        return (self.ends_on, self.starts_on) < (other.ends_on, other.starts_on)

    @property
    def starts_on(self) -> date:
        """First day of the period."""
        return date(self.year, (self.number - 1) * _MONTHS[self.kind] + 1, 1)

    @property
    def ends_on(self) -> date:
        """Last day of the period, inclusive."""
        month = self.number * _MONTHS[self.kind]
        return date(self.year, month, monthrange(self.year, month)[1])

    def through(self, last: "Period") -> Iterator["Period"]:
        """Periods from this one up to `last`, inclusive; `last` must be of the same kind."""
        in_a_year = 12 // _MONTHS[self.kind]
        for count in range(self.year * in_a_year + self.number - 1, last.year * in_a_year + last.number):
            yield Period(self.kind, count // in_a_year, count % in_a_year + 1)

    def display(self, language: Language) -> str:
        """Format for readers: `I półrocze 2011 r.`, `II kwartał 2011 r.`, `czerwiec 2011 r.`; `H1 2011`, `Q2 2011`."""
        return _PRINTED[language][self.kind].format(
            year=self.year,
            number=self.number,
            roman=_ROMAN[self.number - 1],
            month=_MONTH_NAMES[language][self.number - 1],
        )


def _number_in_year(written: str) -> int:
    if written.isdigit():
        return int(written)
    if written in _MONTH_NAMES["pl"]:
        return _MONTH_NAMES["pl"].index(written) + 1
    return _ROMAN.index(written.upper()) + 1
