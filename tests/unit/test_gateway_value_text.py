"""Rates and months as the office prints them, in Polish and in English."""

from __future__ import annotations

from decimal import Decimal

import pytest

from miernik_gateway.dashboards.compose.value_text import months_of, rate, written


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
        ("2012-02", None, "luty 2012 r.", "February 2012"),
        ("2011-09-01", "2011-11-01", "wrzesień–listopad 2011", "September–November 2011"),
        ("2011-11", "2012-02", "listopad 2011 – luty 2012", "November 2011 – February 2012"),
    ],
)
def test_months(first: str, last: str | None, polish: str, english: str) -> None:
    value = {"from": first, "to": last}
    assert written(value, "month_range", "pl") == polish
    assert written(value, "month_range", "en") == english


def test_the_months_of_a_range() -> None:
    assert months_of({"from": "2011-09-01", "to": None}) == ("2011-09", "2011-09")


def test_a_month_and_a_day() -> None:
    assert written("2011-08-31", "month", "pl") == "sierpień 2011 r."
    assert written("2011-08-31", "date", "pl") == "31 sierpnia 2011 r."
