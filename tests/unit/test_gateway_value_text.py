"""Rates and months as the office prints them, in Polish and in English."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from miernik_gateway.dashboards.compose.kinds import DATE, MONTH_RANGE, MonthRange
from miernik_gateway.dashboards.compose.value_text import first_day, month, rate


@pytest.mark.parametrize(
    ("value", "shown"), [("4.008200", "4,0082"), ("4", "4,0000"), ("3.550000", "3,5500"), ("4.123456", "4,123456")]
)
def test_rates(value: str, shown: str) -> None:
    assert rate(Decimal(value), "pl") == shown


@pytest.mark.parametrize(
    ("first", "last", "polish", "english"),
    [
        ("2011-09", "2011-10", "wrzesień/październik 2011", "September/October 2011"),
        ("2011-12", "2012-01", "grudzień 2011/styczeń 2012", "December 2011/January 2012"),
        ("2012-02", "2012-02", "luty 2012 r.", "February 2012"),
        ("2011-09-01", "2011-11-01", "wrzesień–listopad 2011", "September–November 2011"),
        ("2011-11", "2012-02", "listopad 2011 – luty 2012", "November 2011 – February 2012"),
    ],
)
def test_months(first: str, last: str, polish: str, english: str) -> None:
    months = MonthRange(first, last)
    assert MONTH_RANGE.text(months, "pl") == polish
    assert MONTH_RANGE.text(months, "en") == english


def test_the_months_of_a_range() -> None:
    assert MONTH_RANGE.value(MonthRange("2011-09-01", "2011-09-30")) == "2011-09"
    assert MONTH_RANGE.value(MonthRange("2011-09", "2011-10")) == "2011-09/2011-10"


def test_a_month_and_a_day() -> None:
    assert month(first_day("2011-08-31"), "pl") == "sierpień 2011 r."
    assert DATE.text(date(2011, 8, 31), "pl") == "31 sierpnia 2011 r."
