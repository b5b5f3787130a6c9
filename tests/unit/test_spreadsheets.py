"""Codes that a spreadsheet took for dates are found again, and only those that exist."""

from __future__ import annotations

import pytest

from miernik_shared.uploads.spreadsheets import restored_codes

KNOWN = {"7.1", "7.2.1", "7.3", "7.10"}


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("07.sty", "7.1"),
        ("7 mar", "7.3"),
        ("7-mar-26", "7.3"),
        ("2026-03-07", "7.3"),
        ("2026-03-07 00:00:00", "7.3"),
        ("07.03.2026", "7.3"),
        ("2001-02-07", "7.2.1"),
        ("07.02.2001", "7.2.1"),
        ("07.paź", "7.10"),
        ("07.lut", None),
        ("07.xyz", None),
        ("7.3", None),
        ("", None),
    ],
)
def test_a_code_that_became_a_date_is_found_again(word: str, code: str | None) -> None:
    assert restored_codes([word], KNOWN) == ({word: code} if code else {})
