"""Calendar years of a range of days."""

from __future__ import annotations

from datetime import date

from miernik_shared.values.years import list_years


def test_days_of_several_years_name_each_year() -> None:
    assert list_years(date(2009, 12, 31), date(2011, 1, 1)) == [2009, 2010, 2011]


def test_no_days_name_no_year() -> None:
    assert list_years(None, None) == []
