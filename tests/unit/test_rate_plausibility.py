"""Rates far from their neighbours, and numbers of tables out of order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_contracts.rates.plausibility import DatedRate, StatedRate, find_unlikely_rates, find_unordered_tables
from miernik_contracts.settings import ContractsSettings

DAY = date(2011, 8, 31)
KNOWN = [DatedRate(DAY - timedelta(days=days), Decimal("4.1443")) for days in (1, 2, 30)]
YEAR_AGO = [DatedRate(DAY - timedelta(days=300), Decimal("4.1443"))]
_FIELDS = ContractsSettings.model_fields
SETTINGS = Mock(
    rate_factor_in_a_month=_FIELDS["rate_factor_in_a_month"].default,
    rate_factor_in_a_year=_FIELDS["rate_factor_in_a_year"].default,
)


def stated(rate: str, day: date = DAY, table_no: str | None = None) -> StatedRate:
    return StatedRate(day, Decimal(rate), table_no, f"/{day}/mid", f"/{day}/no")


def codes(*rates: StatedRate, known: list[DatedRate], currency: str = "EUR") -> list[tuple[str, str]]:
    found = find_unlikely_rates(rates, known, currency, SETTINGS)
    return [(one.code, one.pointer.split("/")[1]) for one in found]


@pytest.mark.parametrize("rate", ["41443", "43917", "41.443", "414.43", "0.41443", "0.000041", "1.4443", "14.1443"])
@pytest.mark.parametrize(
    ("known", "code"), [(KNOWN, "rate_far_from_others"), (YEAR_AGO, "rate_far_from_others"), ([], "rate_out_of_range")]
)
def test_rate_with_a_misplaced_decimal_point_is_unlikely(rate: str, known: list[DatedRate], code: str) -> None:
    assert codes(stated(rate), known=known) == [(code, "2011-08-31")]


@pytest.mark.parametrize("rate", ["4.1445", "3.2026", "4.9647", "3.55", "4.4112", "5.9"])
@pytest.mark.parametrize("known", [KNOWN, YEAR_AGO, []])
def test_rate_that_the_market_has_seen_is_likely(rate: str, known: list[DatedRate]) -> None:
    assert codes(stated(rate), known=known) == []


@pytest.mark.parametrize(
    ("currency", "rate", "likely"),
    [
        ("USD", "2.8757", True), ("HUF", "0.0152", True), ("IDR", "0.000336", True), ("XDR", "4.6", True),
        ("USD", "28757", False), ("HUF", "152", False), ("IDR", "0.00003", False),
    ],
)  # fmt: skip
def test_first_rate_of_a_currency_has_a_range(currency: str, rate: str, likely: bool) -> None:
    assert (codes(stated(rate), known=[], currency=currency) == []) is likely


def test_file_without_any_decimal_point_does_not_agree_with_itself() -> None:
    rates = [stated("41443", DAY - timedelta(days=days)) for days in range(3)]

    assert [code for code, _ in codes(*rates, known=[])] == ["rate_out_of_range"] * 3
    assert [code for code, _ in codes(*rates, known=KNOWN)] == ["rate_far_from_others"] * 3


def test_wrong_rate_among_right_ones_is_the_one_that_is_named() -> None:
    rates = [stated("4.14", DAY), stated("43917", DAY + timedelta(days=1)), stated("4.15", DAY + timedelta(days=2))]

    assert codes(*rates, known=[]) == [("rate_far_from_others", "2011-09-01")]


def test_one_wrong_stored_rate_does_not_make_the_next_ones_unlikely() -> None:
    known = [*KNOWN, DatedRate(DAY - timedelta(days=3), Decimal(41443))]

    assert codes(stated("4.15"), known=known) == []


@given(st.integers(-4, 4).filter(bool), st.decimals("3.2", "4.97", places=4))
def test_moved_decimal_point_never_passes(places: int, rate: Decimal) -> None:
    moved = str(rate.scaleb(places).quantize(Decimal("0.000001")))

    assert codes(stated(moved), known=[DatedRate(DAY, rate)]) != []
    assert codes(stated(moved), known=[]) != []


@pytest.mark.parametrize(
    ("number", "known", "expected"),
    [
        ("168/A/NBP/2011", {}, False),
        ("168/A/NBP/2011", {date(2011, 8, 30): "167/A/NBP/2011", date(2011, 9, 1): "169/A/NBP/2011"}, False),
        ("168/A/NBP/2011", {date(2011, 8, 30): "168/A/NBP/2011"}, True),
        ("068/A/NBP/2011", {date(2011, 8, 30): "167/A/NBP/2011"}, True),
        ("186/A/NBP/2011", {date(2011, 9, 1): "169/A/NBP/2011"}, True),
        ("3/A/NBP/2011", {date(2010, 12, 31): "255/A/NBP/2010"}, False),
        ("167/A/NBP/2011", {date(2011, 8, 31): "168/A/NBP/2011", date(2011, 8, 30): "166/A/NBP/2011"}, False),
        ("168", {date(2011, 8, 30): "167/A/NBP/2011"}, False),
    ],
)
def test_table_numbers_grow_with_the_days_of_a_year(number: str, known: dict[date, str], expected: bool) -> None:
    found = find_unordered_tables([stated("4.1445", table_no=number)], known)

    assert [(one.code, one.value) for one in found] == ([("rate_table_out_of_order", number)] if expected else [])
