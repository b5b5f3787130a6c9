"""Plausibility of rates and table numbers: what is far from its neighbours is rarely right, and needs a confirmation.

A decimal point that is lost (41443 for 4.1443) or moved makes a rate ten to ten thousand times too large or too small.
"""

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

from miernik_contracts.settings import ContractsSettings
from miernik_shared.confirmations import UnlikelyValue

NEIGHBOURHOOD = timedelta(days=366)
"""Rates further away than a year are no neighbours: some currencies lose half of their value within a few years."""
_MONTH = timedelta(days=31)
_COMPARED = 5
"""Number of the nearest rates of which the median counts, so that one wrong stored rate decides nothing."""
_EXTREMES: Mapping[str, tuple[Decimal, Decimal]] = {
    "EUR": (Decimal("1.6"), Decimal(10)),
    "USD": (Decimal(1), Decimal(10)),
    "CHF": (Decimal(1), Decimal(10)),
    "GBP": (Decimal(2), Decimal(15)),
}
"""Range of a first rate: half of the lowest and double the highest mid rate of table A from 2002 to 2025.

EUR was between 3.2026 (31 July 2008) and 4.9647 (7 March 2022), USD between 2.02 and 5.04, CHF between 1.96 and 5.16,
GBP between 4.04 and 7.41; rounded outwards.
"""
_ANY_CURRENCY = (Decimal("0.0001"), Decimal(20))
"""Range of a first rate of another currency: table A goes from the rupiah (0.0002) to the SDR (6), one unit each."""
_TABLE_NUMBER = re.compile(r"([0-9]{1,4})/[A-Z]/NBP/([0-9]{4})")


@dataclass(frozen=True, slots=True, order=True)
class DatedRate:
    """Rate of a day."""

    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class StatedRate:
    """Rate in a request; ``pointer`` and ``number_at`` are the pointers of its value and of its table's number."""

    day: date
    rate: Decimal
    table_no: str | None
    pointer: str
    number_at: str


def find_unlikely_rates(
    stated: Iterable[StatedRate], known: Sequence[DatedRate], currency: str, settings: ContractsSettings
) -> list[UnlikelyValue]:
    """Rates that are far from their neighbours or, without any, from the range of their currency.

    Likely rates of the request are neighbours of the later ones, unlikely ones are not: a file in which every decimal
    point is lost agrees with itself.
    """
    neighbours = sorted(known)
    found: list[UnlikelyValue] = []
    for one in sorted(stated, key=lambda rate: rate.day):
        unlikely = _compare(one, neighbours, currency, settings)
        if unlikely is None:
            insort(neighbours, DatedRate(one.day, one.rate))
        else:
            found.append(unlikely)
    return found


def find_unordered_tables(stated: Sequence[StatedRate], known: dict[date, str]) -> list[UnlikelyValue]:
    """Table numbers that do not grow with the days of their year; ``known`` are the numbers of stored tables."""
    own = {one.day: one.table_no for one in stated if one.table_no}
    numbers = {day: number for day, text in (known | own).items() if (number := _number_in_year(text)) is not None}
    days = sorted(numbers)
    found: list[UnlikelyValue] = []
    for one in stated:
        if one.table_no is None or one.day not in numbers:
            continue
        at = bisect_left(days, one.day)
        beside = [day for day in (*days[at - 1 : at], *days[at + 1 : at + 2]) if day.year == one.day.year]
        for day in beside:
            if (day < one.day) is not (numbers[day] < numbers[one.day]):
                params = {"table": one.table_no, "other": own.get(day) or known[day], "day": day.isoformat()}
                found.append(UnlikelyValue(one.number_at, "rate_table_out_of_order", one.table_no, params))
                break
    return found


def widen_span(first: date, last: date) -> tuple[date, date]:
    """Span of days in which the rates of a span have their neighbours."""
    earliest = date.fromordinal(max(first.toordinal() - NEIGHBOURHOOD.days, 1))
    return earliest, date.fromordinal(min(last.toordinal() + NEIGHBOURHOOD.days, date.max.toordinal()))


def _compare(
    one: StatedRate, neighbours: Sequence[DatedRate], currency: str, settings: ContractsSettings
) -> UnlikelyValue | None:
    near, shown = _find_nearest(one.day, neighbours), f"{one.rate.normalize():f}"
    if not near:
        low, high = _EXTREMES.get(currency, _ANY_CURRENCY)
        if low <= one.rate <= high:
            return None
        params = {"rate": shown, "currency": currency, "low": str(low), "high": str(high)}
        return UnlikelyValue(one.pointer, "rate_out_of_range", shown, params)
    usual = median(other.rate for other in near)
    within_a_month = all(abs(other.day - one.day) <= _MONTH for other in near)
    factor = settings.rate_factor_in_a_month if within_a_month else settings.rate_factor_in_a_year
    if usual / factor <= one.rate <= usual * factor:
        return None
    params = {"rate": shown, "currency": currency, "usual": f"{usual.normalize():f}", "day": near[0].day.isoformat()}
    return UnlikelyValue(one.pointer, "rate_far_from_others", shown, params)


def _find_nearest(day: date, neighbours: Sequence[DatedRate]) -> list[DatedRate]:
    """The nearest neighbours of a day in both directions, nearest first."""
    at = bisect_left(neighbours, day, key=lambda one: one.day)
    around = neighbours[max(at - _COMPARED, 0) : at + _COMPARED]
    near = [one for one in around if abs(one.day - day) <= NEIGHBOURHOOD]
    return sorted(near, key=lambda one: abs(one.day - day))[:_COMPARED]


def _number_in_year(table_no: str) -> int | None:
    found = _TABLE_NUMBER.fullmatch(table_no)
    return int(found[1]) if found else None
