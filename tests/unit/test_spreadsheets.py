"""Codes that a spreadsheet took for dates are found again, and only those that exist."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.uploads.spreadsheets import looks_like_a_date, match_dates_to_codes

KNOWN = {"7.1", "7.2.1", "7.3", "7.10", "1.07", "7.1-1", "7.1-12", "8.1", "8-1", "VII"}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("07.sty", "7.1"),
        ("7 sty", "7.1"),
        ("7 mar", "7.3"),
        ("7-mar-26", "7.3"),
        ("07.sty.2011", "7.1"),
        ("07.paź", "7.10"),
        ("07.paz", "7.10"),
        ("01.lip", "1.07"),
        ("lip.01", "1.07"),
        ("1-Jul", "1.07"),
        ("Jul-01", "1.07"),
        ("sty-10", None),
        ("paź-07", "7.10"),
        ("07.Oct", "7.10"),
        ("2026-03-07", "7.3"),
        ("2026-03-07 00:00:00", "7.3"),
        ("2025-07-01", "1.07"),
        ("07.03.2026", "7.3"),
        ("7/3/2026", "7.3"),
        ("2001-02-07", "7.2.1"),
        ("07.02.2001", "7.2.1"),
        ("07.02.01", "7.2.1"),
        ("2001-01-07", "7.1-1"),
        ("2012-01-07", "7.1-12"),
        ("7-sty-01", "7.1-1"),
        ("45839", "1.07"),
        ("36898", "7.1-1"),
        # Which of two it was is not guessed.
        ("08.sty", None),
        ("2025-12-24", None),
        ("07.lut", None),
        ("50000", None),
    ],
)
def test_a_code_that_became_a_date_is_found_again(word: str, code: str | None) -> None:
    assert match_dates_to_codes([word], KNOWN) == {word: code}


@pytest.mark.parametrize(
    "word", ["7.3", "", "07.xyz", "sty", "7.9", "7.1.9", "2025-13-01", "1234", "99999", "brak", "1 osoba", "7-1"]
)
def test_other_words_are_no_dates(word: str) -> None:
    assert match_dates_to_codes([word], KNOWN) == {}


def test_a_number_is_a_date_only_where_codes_have_dots() -> None:
    assert match_dates_to_codes(["45839"], {"A1", "12345"}) == {}
    assert not looks_like_a_date("45839")
    assert looks_like_a_date("sty.11")


@given(st.integers(1, 28), st.integers(1, 12), st.integers(1, 12), st.sampled_from(".-"))
def test_a_code_of_three_numbers_comes_back_from_the_date_that_it_became(
    day: int, month: int, part: int, mark: str
) -> None:
    code, became = f"{day}.{month}{mark}{part}", date(2000 + part, month, day)
    serial = (became - date(1899, 12, 30)) // timedelta(days=1)
    for word in (f"{became}", f"{became:%d.%m.%Y}", f"{became:%d-%b-%y}", f"{serial}"):
        assert match_dates_to_codes([word], {code, "7.99"}) == {word: code}
