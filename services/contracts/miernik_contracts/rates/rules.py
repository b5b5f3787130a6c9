"""Rules of the sources of rates: age limit of a rate in force, valid days and table numbers."""

from datetime import date, timedelta
from typing import Literal, get_args

from miernik_contracts.rates.polish_holidays import is_public_holiday, is_weekend

RateSource = Literal["nbp_a", "ec_monthly", "programming", "office"]
"""NBP's table A of a day; the Commission's accounting rate of a month; a rate fixed for planning; a rate that an office
declared for itself."""
SOURCES: tuple[RateSource, ...] = get_args(RateSource)
TABLE_GAP_DAYS = 10
"""Longest gap between two tables of the NBP, Christmas included; after a longer one, tables are missing here."""


def oldest_day(source: RateSource, day: date) -> date:
    """Earliest day whose rate may still be in force on ``day``."""
    if source == "nbp_a":
        return day - timedelta(days=min(TABLE_GAP_DAYS, day.toordinal() - 1))
    if source == "ec_monthly":
        return day.replace(day=1)
    return date.min


def is_outlived(source: RateSource, effective_on: date, asked_on: date) -> bool:
    """Whether the latest rate of a source without an end date is of an earlier month.

    It may have been meant for its month alone, so a report names its day.
    """
    return source in ("programming", "office") and effective_on < asked_on.replace(day=1)


def impossible_day(source: RateSource, day: date, today: date) -> str | None:
    """Code of the finding where a source cannot have a rate of that day, else None.

    The NBP publishes table A on its own day, a working day; an office does not declare rates in advance.
    """
    if source in ("nbp_a", "office") and day > today:
        return "rate_in_the_future"
    if source == "nbp_a" and is_weekend(day):
        return "rate_on_a_weekend"
    if source == "nbp_a" and is_public_holiday(day):
        return "rate_on_a_holiday"
    return None


def is_table_of(number: str, day: date) -> bool:
    """Whether a number such as 168/A/NBP/2011 can belong to a table of that day: numbering restarts each year."""
    return number.endswith(f"/{day.year:04}")
