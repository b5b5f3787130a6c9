"""Rules of a call: its dates and the months in which agreements are planned to be signed."""

from collections.abc import Iterator
from datetime import date

from miernik_shared.problems import FieldError


def validate_dates(announced_on: date | None, closes_on: date | None) -> Iterator[FieldError]:
    """A call closes on the day of its announcement at the earliest."""
    if announced_on and closes_on and closes_on < announced_on:
        yield FieldError("/closes_on", "call_closes_before_announced", {"announced_on": announced_on.isoformat()})


def validate_planned_signing(first: str | None, last: str | None) -> Iterator[FieldError]:
    """Validate a planned month or range of months: the last must not precede the first."""
    if last and not first:
        yield FieldError("/planned_signing_from", "planned_signing_without_start")
    if first and last and last < first:
        yield FieldError("/planned_signing_to", "planned_signing_reversed", {"from": first})


def first_day(month: str | None) -> date | None:
    """Return the first day of a month, which represents it in the database."""
    return date.fromisoformat(f"{month}-01") if month else None


def month_of(day: date | None) -> str | None:
    """Text of a month: ``2011-12``."""
    return f"{day:%Y-%m}" if day else None
