"""Codes that a spreadsheet converted to dates, and the codes that were probably meant."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

_POLISH_MONTHS = ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru")
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for names in (_POLISH_MONTHS, _ENGLISH_MONTHS) for number, name in enumerate(names, 1)}
_NAMED_MONTH = re.compile(
    r"(?:(?P<day>[0-9]{1,2})[.\- ])?(?P<name>[a-zź]{3})\.?(?:[.\- ](?P<rest>[0-9]{4}|[0-9]{1,2}))?"
)
_NUMBERED_MONTH = (
    re.compile(r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{2})[-/](?P<day>[0-9]{2})(?:[ t]00:00(?::00)?)?"),
    re.compile(r"(?P<day>[0-9]{2})[.\-](?P<month>[0-9]{2})[.\-](?P<year>[0-9]{4}|[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
)
_SERIAL = re.compile("[3-7][0-9]{4}")
_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheets, which store a date as the number of days since then. ``_SERIAL`` covers 1982 to 2119."""
_Parts = tuple[int, ...]


def match_dates_to_codes(words: Sequence[str], known: Collection[str]) -> dict[str, str | None]:
    """Map unknown words that look like dates to the known code that was typed, or to ``None`` if that is ambiguous.

    ``07.sty``, ``2025-01-07`` and ``45664`` map to ``7.1``; ``2001-01-07`` maps to ``7.1-1``.
    """
    codes: dict[_Parts, set[str]] = {}
    for code in known:
        parts = re.split(r"[.\-/ ]", code)
        if all(part.isdecimal() for part in parts):
            codes.setdefault(tuple(map(int, parts)), set()).add(code)
    numbers_are_dates = any("." in code for code in known)
    dates = {word: _parse_date(word, serial=numbers_are_dates) for word in words if word not in known}
    return {
        word: _find_single_code(_list_possible_inputs(*day), codes) for word, day in dates.items() if day is not None
    }


def looks_like_a_date(word: str) -> bool:
    """Whether a word looks like a date into which a spreadsheet converted a code. Does not recognise serial numbers."""
    return _parse_date(word, serial=False) is not None


def _find_single_code(typed: Iterable[_Parts], codes: dict[_Parts, set[str]]) -> str | None:
    found = next((codes[parts] for parts in typed if parts in codes), set[str]())
    return next(iter(found)) if len(found) == 1 else None


def _list_possible_inputs(day: int | None, month: int, year: int | None) -> Iterator[_Parts]:
    """Yield the numbers that may have been typed, the likeliest first: day before month, as in Polish dates.

    A spreadsheet takes a third number for a year of this century; if only two were typed, it adds the current year.
    """
    last = None if year is None else year % 100
    if day is not None and last is not None:
        yield day, month, last
    if day is not None:
        yield day, month
    if day is None and last is not None:
        yield last, month
    if day in (None, 1) and last is not None:
        yield month, last


def _parse_date(word: str, *, serial: bool) -> tuple[int | None, int, int | None] | None:
    """Day, month and year of a word, each ``None`` if not given; ``None`` if the word is not a date."""
    text = word.strip().lower()
    if match := _NAMED_MONTH.fullmatch(text):
        return _parse_named_month(match)
    if serial and _SERIAL.fullmatch(text):
        day = _DAY_ZERO + timedelta(days=int(text))
        return day.day, day.month, day.year
    for form in _NUMBERED_MONTH:
        if match := form.fullmatch(text):
            day, month = int(match["day"]), int(match["month"])
            return (day, month, int(match["year"])) if 1 <= day <= 31 and 1 <= month <= 12 else None
    return None


def _parse_named_month(match: re.Match[str]) -> tuple[int | None, int, int | None] | None:
    month = _MONTHS.get(match["name"].replace("paz", "paź"))
    day, rest = match["day"], match["rest"]
    if month is None or (day is None and rest is None):
        return None
    return (int(day) if day else None), month, (int(rest) if rest else None)
