"""Forms of nouns after numbers."""

from __future__ import annotations

import pytest

from miernik_shared.formats.plurals import plural_en, plural_pl


@pytest.mark.parametrize(
    ("number", "form"),
    [
        (0, "jednostek"), (1, "jednostka"), (2, "jednostki"), (4, "jednostki"), (5, "jednostek"), (11, "jednostek"),
        (12, "jednostek"), (14, "jednostek"), (21, "jednostek"), (22, "jednostki"), (101, "jednostek"),
        (112, "jednostek"), (143, "jednostki"), (144, "jednostki"), (1002, "jednostki"),
    ],
)  # fmt: skip
def test_noun_after_a_number_has_its_polish_form(number: int, form: str) -> None:
    assert plural_pl(number, "jednostka", "jednostki", "jednostek") == form


def test_noun_after_a_number_has_its_english_form() -> None:
    assert [plural_en(number, "unit", "units") for number in (0, 1, 2, 21)] == ["units", "unit", "units", "units"]
