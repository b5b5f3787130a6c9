"""Public holidays of Poland, on which the NBP publishes no table (ustawa z 18 stycznia 1951 r. o dniach wolnych)."""

from datetime import date, timedelta
from functools import lru_cache

_SATURDAY = 5
_FIXED = ((1, 1), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26))
"""Months and days of the holidays that every year has."""
_EPIPHANY, _EPIPHANY_SINCE = (1, 6), 2011
_CHRISTMAS_EVE, _CHRISTMAS_EVE_SINCE = (12, 24), 2025
_EASTER_MONDAY, _CORPUS_CHRISTI = timedelta(days=1), timedelta(days=60)
"""Days after Easter Sunday. Pentecost, the other movable holiday, is a Sunday."""


def is_weekend(day: date) -> bool:
    """Whether a day is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


def is_public_holiday(day: date) -> bool:
    """Whether a day is a public holiday other than a Sunday."""
    return day in _list_holidays(day.year)


def find_easter(year: int) -> date:
    """Easter Sunday by the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    skipped, fourth = divmod(century, 4)
    moon = (19 * golden + century - skipped - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * fourth + 2 * (of_century // 4) - moon - of_century % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, before = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, before + 1)


@lru_cache(maxsize=64)
def _list_holidays(year: int) -> frozenset[date]:
    fixed = [*_FIXED]
    if year >= _EPIPHANY_SINCE:
        fixed.append(_EPIPHANY)
    if year >= _CHRISTMAS_EVE_SINCE:
        fixed.append(_CHRISTMAS_EVE)
    easter = find_easter(year)
    return frozenset({date(year, *one) for one in fixed} | {easter + _EASTER_MONDAY, easter + _CORPUS_CHRISTI})
