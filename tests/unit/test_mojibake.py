"""Texts in UTF-8 that were read in another encoding: found, told as they were meant, and nothing else taken for one."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_calls.applications.mojibake import is_mojibake, repair_first_word

CHARSETS = ("windows-1252", "windows-1250", "iso-8859-1", "iso-8859-2")
POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
LETTERS = f"aeiouAEIOUstnSTN{POLISH}äöüßÄÖÜàâçèéêëîïôùûœÀÂÇÈÉÊË"
WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=12)


def read_as(text: str, charset: str) -> str:
    """UTF-8 as a program shows it that takes it for another encoding; bytes without a sign become control signs."""
    return "".join(bytes([one]).decode(charset, "ignore") or chr(one) for one in text.encode())


def detect_and_repair(text: str) -> tuple[bool, str | None]:
    table = pl.DataFrame({"title": [text]})
    return is_mojibake(table["title"])[0], table.select(repair_first_word("title")).item()


@pytest.mark.parametrize(
    ("word", "charset"),
    [
        *product(("Główna", "Łódź", "żółtą", "Żnin", "ŚRÓDMIEŚCIE", "garçon"), CHARSETS),
        # In the last one Müller looks like Mżller in windows-1250.
        *product(["Müller"], CHARSETS[:3]),
    ],
)
def test_misread_word_is_detected_and_repaired(word: str, charset: str) -> None:
    assert detect_and_repair(f"Projekt 7 {read_as(word, charset)} w gminie") == (True, word)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("letter", POLISH)
def test_every_polish_letter_is_found(letter: str, charset: str) -> None:
    assert detect_and_repair(read_as(f"a{letter}", charset))[0]


@given(
    words=st.lists(WORDS, min_size=1, max_size=5), mark=st.sampled_from([" ", "-", " – ", "/", ". ", "’", "” ", ", "])
)
def test_no_proper_text_is_taken_for_one(words: list[str], mark: str) -> None:
    assert detect_and_repair(f"„{mark.join(words)}”") == (False, None)


def test_nothing_but_a_word_is_repeated() -> None:
    told_word = detect_and_repair("Jan 12345 KsiÄ…Å¼ka99 GÅ‚Ã³wna")[1]

    assert told_word == "Książka"
    assert len(detect_and_repair("Ã³" * 300)[1] or "") == 40
