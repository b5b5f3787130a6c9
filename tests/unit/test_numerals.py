"""Numbers in the notation of a form: read back exactly, or refused with the right reason."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.uploads.numerals import EXACT, NumberFormat, is_gap, read_numbers

NOTATIONS = [
    NumberFormat(decimal=decimal, thousands=list(marks))
    for decimal in (",", ".")
    for count in range(3)
    for marks in combinations([mark for mark in (" ", ".", ",") if mark != decimal], count)
]
POLISH = NumberFormat()
NUMBERS = st.decimals(min_value=0, max_value=10**14 - 1, places=6, allow_nan=False, allow_infinity=False)
BLANKS = (" ", "\u00a0", "\u202f", "\u2009")


def read(cell: str | None, notation: NumberFormat) -> tuple[str | None, str | None]:
    frame = read_numbers(pl.Series([cell], dtype=pl.String), notation)
    return frame["number"][0], frame["fault"][0]


def write_number(value: Decimal, notation: NumberFormat, mark: str, places: int) -> str:
    whole, _, decimals = f"{value:.{places}f}".partition(".")
    grouped = f"{int(whole):,}".replace(",", mark) if mark else whole
    return grouped + (notation.decimal + decimals if decimals else "")


@given(value=NUMBERS, notation=st.sampled_from(NOTATIONS), data=st.data())
def test_a_number_written_in_a_notation_reads_back_exactly(
    value: Decimal, notation: NumberFormat, data: st.DataObject
) -> None:
    mark = data.draw(st.sampled_from(["", *notation.thousands]))
    shown = data.draw(st.sampled_from(BLANKS)) if mark == " " else mark
    places = data.draw(st.integers(0, 6))
    rounded = value.quantize(Decimal(1).scaleb(-places))
    if rounded >= 10**14:
        return
    number, fault = read(f" {write_number(rounded, notation, shown, places)}\t", notation)

    assert fault is None
    assert number is not None
    assert Decimal(number) == rounded


@given(cell=st.text(max_size=30), notation=st.sampled_from([*NOTATIONS, EXACT]))
def test_any_text_is_a_storable_number_or_missing_or_a_fault(cell: str, notation: NumberFormat) -> None:
    number, fault = read(cell, notation)
    assert number is None or fault is None
    if number is not None:
        assert number.isascii()
        assert 0 <= Decimal(number) < 10**14
        assert -(Decimal(number).as_tuple().exponent) <= 6
    elif fault is None:
        assert is_gap(pl.Series([cell]), notation.missing)[0]
        assert notation is not EXACT


@given(digits=st.text(alphabet="0123456789 .,", min_size=1, max_size=12), notation=st.sampled_from(NOTATIONS))
def test_number_read_has_a_spelling_equal_to_the_cell(digits: str, notation: NumberFormat) -> None:
    """Nothing is guessed: a number that is read has a spelling in the notation that equals the cell."""
    number, _ = read(digits, notation)
    if number is None:
        return
    _, _, decimals = number.partition(".")
    spellings = {write_number(Decimal(number), notation, mark, len(decimals)) for mark in ("", *notation.thousands)}

    assert digits.strip().lstrip("0 ") in {spelling.lstrip("0 ") for spelling in spellings} or digits.strip()[0] == "0"


@pytest.mark.parametrize(
    ("cell", "number", "fault"),
    [
        ("4 868 206,71", "4868206.71", None),
        ("0", "0", None),
        ("0,000001", "0.000001", None),
        ("99999999999999", "99999999999999", None),
        ("99 999 999 999 999,999999", "99999999999999.999999", None),
        ("n/d", None, None),
        ("", None, None),
        ("\u2212", None, None),
        ("406.097,28", None, "value_other_notation"),
        ("11.716", None, "value_other_notation"),
        ("60, 7", None, "value_other_notation"),
        ("1 23", None, "value_other_notation"),
        ("1  234", None, "value_other_notation"),
        ("+5", None, "value_other_notation"),
        ("12%", None, "value_other_notation"),
        ("4 868 206,71 zł", None, "value_other_notation"),
        (",5", None, "value_other_notation"),
        ("5,", None, "value_other_notation"),
        ("3,52 mld", None, "value_with_a_word"),
        ("2 miliony", None, "value_with_a_word"),
        ("5 tys.", None, "value_with_a_word"),
        ("mln", None, "value_not_a_number"),
        ("1e3", None, "value_with_exponent"),
        ("1,5E+06", None, "value_with_exponent"),
        ("e3", None, "value_not_a_number"),
        ("Kowalski", None, "value_not_a_number"),
        ("N/D", None, None),
        ("\u0661\u0662", None, "value_not_a_number"),
        ("1\n2", None, "value_not_a_number"),
        ("-5", None, "value_negative"),
        ("\u22125", None, "value_negative"),
        ("0,1234567", None, "value_too_precise"),
        ("100000000000000", None, "value_too_large"),
        ("100 000 000 000 000", None, "value_too_large"),
    ],
)
def test_a_cell_of_a_polish_form(cell: str, number: str | None, fault: str | None) -> None:
    assert read(cell, POLISH) == (number, fault)


@pytest.mark.parametrize(
    ("notation", "number"),
    [
        (NumberFormat(decimal=",", thousands=["."]), "11716"),
        (NumberFormat(decimal=".", thousands=[","]), "11.716"),
        (NumberFormat(decimal=",", thousands=[" "]), None),
    ],
)
def test_a_dot_is_what_the_form_says(notation: NumberFormat, number: str | None) -> None:
    assert read("11.716", notation)[0] == number


def test_a_column_is_read_cell_by_cell() -> None:
    cells = pl.Series(["1", "x?", "n/d", "1 000,5", "-1"])
    frame = read_numbers(cells, POLISH)

    assert frame["number"].to_list() == ["1", None, None, "1000.5", None]
    assert frame["fault"].to_list() == [None, "value_not_a_number", None, None, "value_negative"]


def test_null_is_missing_in_json_only_as_null() -> None:
    assert read(None, EXACT) == (None, None)
    assert read("", EXACT)[1] == "value_not_a_number"
    assert read("1 000", EXACT)[1] == "value_other_notation"


def test_places_are_limited_as_the_reader_says() -> None:
    cells = pl.Series(["1,23", "1,234"])
    assert read_numbers(cells, POLISH, places=2).rows() == [
        ("1.23", None),
        (None, "value_too_precise"),
    ]
