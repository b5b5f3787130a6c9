"""Calendar years of a range of days."""

from datetime import date


def list_years(first_on: date | None, last_on: date | None) -> list[int]:
    """Calendar years from the first day with data to the last; empty while there are no data."""
    return list(range(first_on.year, last_on.year + 1)) if first_on and last_on else []
