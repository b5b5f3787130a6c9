"""Shown form and key of identifiers and names."""

from __future__ import annotations

import re
import sys
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.builders.spellings import SPELLINGS, UNSEEN, respell

from miernik_shared.uploads import identity_columns
from miernik_shared.values.identity import (
    REFUSED,
    InvisibleCharacterError,
    find_refused_character,
    identity_key,
    shown_identifier,
    shown_lines,
    shown_text,
)

NUMBER = "ZW-1/11 a"
FORMS = (shown_text, shown_lines, shown_identifier)
SPECIAL = (
    "aAZż1/-'\"= ’`\u200b\u2011\u2010\u2212\u00a0\u3000\u00b4\u0301\u0338\uff07\uff1d\uff02\u1160\u034f\t\n\r\u2044"
)
texts = st.text(st.sampled_from(SPECIAL) | st.characters(exclude_categories=["Cs"]), max_size=14)


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_a_number_has_one_key(spelling: str) -> None:
    assert identity_key(spelling.format(NUMBER)) == NUMBER


@pytest.mark.parametrize("character", UNSEEN, ids=lambda one: f"U+{ord(one):04X}")
def test_an_invisible_character_is_refused_with_its_position(character: str) -> None:
    for form in FORMS:
        with pytest.raises(InvisibleCharacterError) as refusal:
            form(f"  ZW{character}-1/11")
        assert (refusal.value.found.character, refusal.value.found.position) == (character, 5)


def test_case_and_leading_zeros_tell_numbers_apart() -> None:
    assert len({identity_key(one) for one in ("ZW-1/11", "zw-1/11", "ZW-01/11", "ZW-1-11")}) == 4


def test_a_line_break_stands_in_longer_texts_alone() -> None:
    assert shown_lines(" jeden\r\ndwa\ttrzy\r") == "jeden\ndwa\ttrzy"
    with pytest.raises(InvisibleCharacterError):
        shown_text("jeden\r\ndwa")


def test_a_name_keeps_what_an_identifier_loses() -> None:
    assert shown_text(" 'Aktywni'  – program ") == "'Aktywni'  – program"
    assert shown_identifier(" 'ZW  1 ") == "ZW 1"
    assert shown_identifier('="ZW ""1"" a"') == 'ZW "1" a'


def test_all_controls_and_format_characters_are_refused() -> None:
    unseen = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    characters = (chr(number) for number in range(sys.maxunicode + 1))
    missed = [
        one for one in characters if unicodedata.category(one) in unseen and not find_refused_character(f"a{one}b")
    ]
    assert missed == []


def test_all_blanks_are_one_and_all_dashes_too() -> None:
    characters = [chr(number) for number in range(sys.maxunicode + 1)]
    dashes = [one for one in characters if unicodedata.category(one) == "Pd"]
    blanks = [one for one in characters if unicodedata.category(one) == "Zs" or one in "\t\n\r\x0b\x0c\x85"]
    assert {identity_key(f"a{one}b") for one in dashes} == {"a-b"}
    assert {identity_key(f" a {one}{one}b{one}") for one in blanks} == {"a b"}


@given(texts)
def test_forms_are_stable_and_agree_on_the_key(text: str) -> None:
    key = identity_key(text)
    assert identity_key(key) == key
    for form in FORMS:
        try:
            shown = form(text)
        except InvisibleCharacterError:
            continue
        assert form(shown) == shown
        assert identity_key(shown) == key


@given(st.lists(texts | st.none(), max_size=8))
def test_a_column_follows_the_functions_of_single_texts(cells: list[str | None]) -> None:
    column = pl.Series("number", cells, dtype=pl.String)
    for of_column, of_text in (
        (identity_columns.identity_keys, identity_key),
        (identity_columns.shown_identifiers, shown_identifier),
        (identity_columns.shown_texts, shown_text),
    ):
        converted = [one if one is None else _or_itself(of_text, one) for one in cells]
        assert of_column(column).to_list() == converted
    table = pl.DataFrame({"row_no": range(len(cells)), "number": column}, schema_overrides={"row_no": pl.Int32})
    found = identity_columns.find_refused_characters(table, "number")
    refused = {row: find_refused_character(cell) for row, cell in enumerate(cells) if cell is not None}
    expected = [(row, one.code, str(one.position)) for row, one in refused.items() if one]
    assert found.select("row_no", "seen", "expected").rows() == expected


def test_the_class_of_refused_characters_means_the_same_to_polars() -> None:
    python = re.compile(f"[{REFUSED}]")
    characters = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF]
    matched = pl.Series(characters).str.contains(f"[{REFUSED}]").to_list()
    assert matched == [python.match(one) is not None for one in characters]


def _or_itself(form: object, text: str) -> str:
    assert callable(form)
    try:
        return str(form(text))
    except InvisibleCharacterError:
        return text


@pytest.mark.parametrize("spelling", respell(NUMBER).values(), ids=respell(NUMBER))
def test_other_signs_of_the_same_meaning_have_one_key(spelling: str) -> None:
    assert identity_key(spelling) == identity_key(shown_identifier(spelling)) == NUMBER
