"""Rates, months and month ranges as text; ``miernik_shared.formats.display`` has figures and days."""

from datetime import date
from decimal import Decimal

from babel.dates import get_month_names

from miernik_shared.formats import Language, display

_MONTHS = {language: get_month_names("wide", "stand-alone", language) for language in ("pl", "en")}
_RATE_PLACES = 4


def rate(value: Decimal, language: Language) -> str:
    """`4,0082`: four decimals, as in tables of rates, or more if the rate has more."""
    shown = value.normalize()
    places = max(_RATE_PLACES, -int(shown.as_tuple().exponent))
    return display.number(value, language, places)


def month(day: date, language: Language) -> str:
    """`luty 2012 r.`, `February 2012`: the month of a day."""
    text = f"{_MONTHS[language][day.month]} {day.year}"
    return f"{text} r." if language == "pl" else text


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
    """Return the first day of a month given as `2011-09`, or as any of its days."""
    return date.fromisoformat(f"{text[:7]}-01")
