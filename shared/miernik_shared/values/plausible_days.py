"""Days on which something that an office records can happen, and the faults of others.

A year of two digits becomes the first century when it is read (31.08.0011), and an empty cell of a spreadsheet becomes
the day from which the spreadsheet counts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.problems import FieldError

EARLIEST = date(1999, 1, 1)
"""First day of the voivodeships of today and of the euro: no programme, call, agreement or return is older."""
LATEST = date(2099, 12, 31)
"""Last day that stands for "until further notice"."""
_PLANNED_YEARS = 30
"""Longest time ahead of a plan: a programme lasts seven years, and its last payments and checks some ten more."""
_SPREADSHEET_ZEROS = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1904, 1, 1)})
"""Days that spreadsheets show for the number 0 or 1."""
_THREE_DIGITS = 999


@dataclass(frozen=True, slots=True)
class PlausibleDays:
    """Span in which days of one kind lie, both ends included."""

    first: date
    last: date

    def find_fault(self, day: date) -> str | None:
        """Code of the fault of a day outside of the span; None for a day in it."""
        if self.first <= day <= self.last:
            return None
        if day.year <= _THREE_DIGITS:
            return "day_year_incomplete"
        if day in _SPREADSHEET_ZEROS:
            return "day_zero_of_spreadsheet"
        return "day_too_early" if day < self.first else "day_too_late"

    def find_faults(self, days: Mapping[str, date | None]) -> Iterator[FieldError]:
        """Errors of days outside of the span; ``days`` are by the pointer of their field."""
        for pointer, day in days.items():
            if day is not None and (code := self.find_fault(day)) is not None:
                yield FieldError(pointer, code, self.describe(day))

    def describe(self, day: date) -> dict[str, str]:
        """Parameters of the texts of all faults."""
        return {"row": "–", "seen": day.isoformat(), "expected": str(self)}

    def __str__(self) -> str:
        return f"{self.first.isoformat()} – {self.last.isoformat()}"


def recorded_days(today: date) -> PlausibleDays:
    """Days of what has happened."""
    return PlausibleDays(EARLIEST, today)


def planned_days(today: date) -> PlausibleDays:
    """Days of what has happened or is planned."""
    return PlausibleDays(EARLIEST, min(date(today.year + _PLANNED_YEARS, 12, 31), LATEST))


OPEN_ENDED = PlausibleDays(EARLIEST, LATEST)
"""Days that may stand for "until further notice"."""


def find_days_before(days: Mapping[str, date | None], start: date | None) -> Iterator[UnlikelyValue]:
    """Unlikely days: those before the first recorded state of their programme, by the pointer of their field.

    Not errors, since a programme may have been recorded with a later day than that on which it began.
    """
    for pointer, day in days.items():
        if day is not None and start is not None and day < start:
            params = {"row": "–", "seen": day.isoformat(), "expected": start.isoformat()}
            yield UnlikelyValue(pointer, "day_before_programme", day.isoformat(), params)
