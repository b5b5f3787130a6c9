"""Rules of the programme tree and of calls."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_calls.calls.rules import first_day, month_of, validate_dates, validate_planned_signing
from miernik_calls.organisations.rules import territory_key
from miernik_calls.programme.rules import LEVELS, Level, code_sort_key, is_below

PARTS = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=4)
ROMAN = {
    1: "I",
    2: "II",
    3: "III",
    4: "IV",
    5: "V",
    6: "VI",
    9: "IX",
    10: "X",
    14: "XIV",
    19: "XIX",
    24: "XXIV",
    39: "XXXIX",
}
MONTHS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(lambda day: f"{day:%Y-%m}")


def dotted(parts: list[int]) -> str:
    return ".".join(map(str, parts))


@given(st.lists(PARTS, max_size=20))
def test_codes_are_ordered_by_their_parts_as_numbers(codes: list[list[int]]) -> None:
    keys = sorted(codes, key=lambda parts: code_sort_key(dotted(parts)).encode())
    assert keys == sorted(codes)


@pytest.mark.parametrize(("number", "roman"), ROMAN.items())
def test_a_roman_numeral_is_ordered_as_its_number(number: int, roman: str) -> None:
    assert code_sort_key(roman) == code_sort_key(str(number))
    assert code_sort_key(f"{roman}.2") == code_sort_key(f"{number}.2")


@pytest.mark.parametrize("word", ["POKL", "IIX", "vii", "XXXX", "C", "VIIa", "IC"])
def test_a_word_is_no_roman_numeral(word: str) -> None:
    assert code_sort_key("9999") < code_sort_key(word)


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_being_below_is_an_order(one: Level, other: Level, third: Level) -> None:
    assert is_below(one, other) + is_below(other, one) == (one != other)
    assert not (is_below(one, other) and is_below(other, third)) or is_below(one, third)


@given(st.none() | MONTHS, st.none() | MONTHS)
def test_a_range_of_months_has_a_start_and_runs_forward(first: str | None, last: str | None) -> None:
    sound = last is None or (first is not None and first <= last)
    assert (list(validate_planned_signing(first, last)) == []) is sound
    assert month_of(first_day(first)) == first


@given(st.none() | st.dates(), st.none() | st.dates())
def test_a_call_closes_when_it_was_announced_or_later(announced_on: date | None, closes_on: date | None) -> None:
    sound = announced_on is None or closes_on is None or closes_on >= announced_on
    assert (list(validate_dates(announced_on, closes_on)) == []) is sound


@pytest.mark.parametrize(
    ("territory", "key"),
    [
        (None, None), ("04", "04"), ("0463", "0463"), ("046301", "046301"), ("0463011", "0463011"),
        ("040201_1", "0402011"), ("Toruń", "Toruń"),
    ],
)  # fmt: skip
def test_territory_is_stored_as_digits(territory: str | None, key: str | None) -> None:
    assert territory_key(territory) == key
