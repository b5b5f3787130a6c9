"""Which rate holds on a day that has none of its own, a rule for each source and never a guess; and which rates there
can be."""

from datetime import date, timedelta
from typing import Literal, get_args

RateSource = Literal["nbp_a", "ec_monthly", "programming", "office"]
"""NBP's table A of a day; the Commission's accounting rate of a month; a rate fixed for planning; a rate that an office
declared for itself."""
SOURCES: tuple[RateSource, ...] = get_args(RateSource)
TABLE_GAP_DAYS = 10
"""The NBP is never silent for longer, not even over Christmas: then tables are missing here."""
_SATURDAY = 5


def oldest_day(source: RateSource, day: date) -> date:
    """The earliest day whose rate may still hold on ``day``."""
    if source == "nbp_a":
        return day - timedelta(days=min(TABLE_GAP_DAYS, day.toordinal() - 1))
    if source == "ec_monthly":
        return day.replace(day=1)
    return date.min


def is_outlived(source: RateSource, effective_on: date, asked_on: date) -> bool:
    """Whether a rate without an end is one of an earlier month, there being no later one: it may well have been meant
    for its month alone."""
    return source in ("programming", "office") and effective_on < asked_on.replace(day=1)


def impossible_day(source: RateSource, day: date, today: date) -> str | None:
    """Why a source cannot have a rate of that day, as the code of a finding.

    The NBP publishes table A on the day it is of, and on working days; an office declares what holds already.
    """
    if source in ("nbp_a", "office") and day > today:
        return "rate_in_the_future"
    if source == "nbp_a" and day.weekday() >= _SATURDAY:
        return "rate_on_a_weekend"
    return None


def is_table_of(number: str, day: date) -> bool:
    """Whether a number such as 168/A/NBP/2011 can be that of a day's table: they count anew each year."""
    return number.endswith(f"/{day.year:04}")
