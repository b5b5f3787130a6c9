"""NIP, REGON and KRS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.values.organisation_numbers import extract_digits, is_krs, is_nip, is_regon

NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
NINE_DIGITS = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize("number", ["192598184", "12345678512347"])
def test_a_regon_of_nine_or_fourteen_digits_is_one(number: str) -> None:
    assert is_regon(number)


@pytest.mark.parametrize("length", range(16))
def test_zeros_are_no_number(length: int) -> None:
    zeros = "0" * length
    assert [is_nip(zeros), is_regon(zeros), is_krs(zeros)] == [False, False, False]


@given(NINE_DIGITS)
def test_of_ten_continuations_of_nine_digits_at_most_one_is_a_nip(digits: str) -> None:
    expected = sum(weight * int(digit) for weight, digit in zip(NIP_WEIGHTS, digits, strict=True)) % 11
    valid = [last for last in range(10) if is_nip(f"{digits}{last}")]
    assert valid == ([expected] if expected < 10 and digits.strip("0") else [])


@pytest.mark.parametrize(
    "number", ["856-734-62-15", " 8567346215", "PL8567346215", "８567346215", "856734621", "x" * 10]
)
def test_a_nip_in_another_notation_is_none(number: str) -> None:
    assert not is_nip(number)


@pytest.mark.parametrize("number", ["192598185", "12345678512348", "1925981840000", "19259818x", ""])
def test_a_wrong_regon_is_none(number: str) -> None:
    assert not is_regon(number)


@pytest.mark.parametrize(
    ("number", "right"),
    [("0000123456", True), ("123456", False), ("00001234567", False), ("000012345x", False), ("００00123456", False)],
)
def test_a_krs_number_is_ten_digits(number: str, right: bool) -> None:
    assert is_krs(number) is right


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("8567346215", "8567346215"), ("856-734-62-15", "8567346215"), (" 856 734 62 15 ", "8567346215"),
        ("PL8567346215", "8567346215"), ("pl 856-734-62-15", "8567346215"),
        ("856\u00a0734\u00a062\u00a015", "8567346215"),
        ("192-598-184", "192598184"), ("", None), ("PL", None), ("ksi:12", None), ("856734621x", None),
        ("DE8567346215", None), ("８567346215", None), ("-8567346215", None),
    ],
)  # fmt: skip
def test_a_number_as_people_write_it_becomes_its_digits(written: str, digits: str | None) -> None:
    assert extract_digits(written) == digits
