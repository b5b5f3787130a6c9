"""Findings of a table: which cells they repeat to the sender, and that no name or personal number is among them."""

from __future__ import annotations

import polars as pl
import pytest

from miernik_shared.uploads.findings import build_findings, sort_findings

LONG = "Stowarzyszenie na Rzecz Osób Starszych w Toruniu"


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("11.716", "11.716"),
        (None, ""),
        ("", ""),
        ("osoby w wieku 50+", "osoby w wieku 50+"),
        ("7.2.1; Wsparcie\n projektów.", "7.2.1; Wsparcie projektów."),
        (LONG, f"{LONG[:39]}…"),
        ("1234567890", "1234567890"),
        ("12345678901", "1234…"),
        ("123 456 78 90 1", "123 …"),
        ("12345678901234", "12345678901234"),
    ],
)
def test_a_finding_repeats_the_word_but_never_eleven_digits(cell: str | None, seen: str) -> None:
    rows = pl.DataFrame({"row_no": [2], "node": [cell]}, schema={"row_no": pl.Int32, "node": pl.String})
    assert build_findings(rows, "node", "strange", seen="node")["seen"].to_list() == [seen]


def test_findings_stand_in_order_of_rows_and_columns() -> None:
    rows = pl.DataFrame({"row_no": [10, 2]}, schema={"row_no": pl.Int32})
    found = sort_findings([build_findings(rows, column, code) for column, code in (("b", "y"), ("a", "z"), ("b", "x"))])
    assert found.select("row_no", "column_name", "code").rows() == [
        (row, *place) for row in (2, 10) for place in (("a", "z"), ("b", "x"), ("b", "y"))
    ]
