"""Public holidays of Poland, on which the NBP publishes no table."""

from __future__ import annotations

from datetime import date

import pytest

from miernik_contracts.rates.polish_holidays import find_easter, is_public_holiday


@pytest.mark.parametrize(
    "day",
    [
        "2011-04-24", "2008-03-23", "2000-04-23", "2019-04-21", "2024-03-31", "2025-04-20", "2038-04-25", "1981-04-19",
        "2049-04-18", "1954-04-18", "2285-03-22",
    ],
)  # fmt: skip
def test_easter_sunday_falls_on_its_printed_day(day: str) -> None:
    assert find_easter(date.fromisoformat(day).year).isoformat() == day


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2011-01-01", True), ("2011-04-25", True), ("2011-05-01", True), ("2011-05-03", True), ("2011-06-23", True),
        ("2011-08-15", True), ("2011-11-01", True), ("2011-11-11", True), ("2011-12-25", True), ("2011-12-26", True),
        ("2010-06-03", True), ("2008-05-22", True), ("2010-01-06", False), ("2011-01-06", True), ("2024-12-24", False),
        ("2025-12-24", True), ("2011-04-22", False), ("2011-05-02", False), ("2011-12-31", False),
    ],
)  # fmt: skip
def test_day_is_a_holiday_by_the_law_of_its_year(day: str, holiday: bool) -> None:
    assert is_public_holiday(date.fromisoformat(day)) is holiday
