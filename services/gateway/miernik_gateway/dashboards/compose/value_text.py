"""Values as a reader sees them: rates and months, besides the figures, amounts and days that all services write."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import get_month_names

from miernik_gateway.dashboards.catalogue.description import ValueKind
from miernik_shared.formats import Language, display

_MONTHS = {language: get_month_names("wide", "stand-alone", language) for language in ("pl", "en")}
_RATE_PLACES = 4


def rate(value: Decimal, language: Language) -> str:
    """`4,0082`: four decimals, as tables of rates print them, or more where there are more."""
    shown = value.normalize()
    places = max(_RATE_PLACES, -int(shown.as_tuple().exponent))
    return display.number(value, language, places)


def month(first_day: date, language: Language) -> str:
    """`luty 2012 r.`, `February 2012`."""
    written = f"{_MONTHS[language][first_day.month]} {first_day.year}"
    return f"{written} r." if language == "pl" else written


def months(first: date, last: date, language: Language) -> str:
    """`wrzesień/październik 2011`, `grudzień 2011/styczeń 2012`, `luty 2012 r.`; a dash over more than two months."""
    apart = (last.year - first.year) * 12 + last.month - first.month
    if apart == 0:
        return month(first, language)
    names = _MONTHS[language]
    begin = names[first.month] if first.year == last.year else f"{names[first.month]} {first.year}"
    between = "/" if apart == 1 else "–" if first.year == last.year else " – "
    return f"{begin}{between}{names[last.month]} {last.year}"


def first_day(text: str) -> date:
    """The first day of a month given as `2011-09`, or as any of its days."""
    return date.fromisoformat(f"{text[:7]}-01")


def written(value: Any, kind: ValueKind, language: Language, currency: str = "PLN") -> str:
    """A value of a report in the words of its kind. Raises `ValueError` for one that is not of that kind."""
    if kind == "money":
        return display.money(Decimal(value), currency, language)
    return _WRITERS[kind](value, language)


def months_of(value: Mapping[str, str | None]) -> tuple[str, str]:
    """First and last month of a range as `2011-09`; a range without an end is its first month."""
    first = value["from"] or value["to"] or ""
    return first[:7], (value["to"] or first)[:7]


def _month_range(value: Mapping[str, str | None], language: Language) -> str:
    first, last = months_of(value)
    return months(first_day(first), first_day(last), language)


_WRITERS: Mapping[ValueKind, Callable[[Any, Language], str]] = {
    "text": lambda value, _: str(value),
    "number": lambda value, language: display.number(Decimal(value), language),
    "count": lambda value, language: display.number(Decimal(value), language, 0),
    "percent": lambda value, language: display.percent(Decimal(value), language),
    "rate": lambda value, language: rate(Decimal(value), language),
    "date": lambda value, language: display.day(date.fromisoformat(value[:10]), language),
    "month": lambda value, language: month(first_day(value), language),
    "month_range": _month_range,
}
