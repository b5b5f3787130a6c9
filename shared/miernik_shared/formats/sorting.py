"""Stored keys for Polish alphabetical order and for search, independent of the database's collation."""

import re
import unicodedata

_ALPHABET = "aą b cć d eę f g h i j k lł m nń oó p q r sś t u v w x y zźż"
_WEIGHTS = {letter: f"{family[0]}{rank}" for family in _ALPHABET.split() for rank, letter in enumerate(family)}
_TOKENS = re.compile("[0-9]+|.")
_LONGEST_NUMBER = 99
# The words of a key contain no two blanks in a row, so a text sorts before longer ones that begin with it.
_END_OF_WORDS = "  "


def polish_sort_key(text: str) -> str:
    """Key whose order by UTF-8 bytes (collation "C") is the Polish alphabetical order of the texts.

    A letter becomes its base letter and the rank of its accent (`ł` is `l1`), a number its length and its digits
    (`10` is `0210`): `7.2.2` comes before `7.2.10`. Numbers of more than 99 digits are ordered by their digits.
    Case is the last criterion, lower case first: the key ends with the text in swapped case.
    """
    cleaned = _clean(text)
    words = "".join(_weigh_token(token) for token in _TOKENS.findall(cleaned.lower()))
    return f"{_collapse_blanks(words)}{_END_OF_WORDS}{cleaned.swapcase()}"


def search_key(text: str) -> str:
    """Text in lower case without diacritics, with single blanks between words: `Łabiszyn` is `labiszyn`."""
    return _collapse_blanks("".join(_strip_diacritics(letter) for letter in _clean(text).lower()))


def _clean(text: str) -> str:
    visible = (letter for letter in _collapse_blanks(text) if not unicodedata.category(letter).startswith("C"))
    return _collapse_blanks(unicodedata.normalize("NFC", "".join(visible)))


def _collapse_blanks(text: str) -> str:
    return " ".join(text.split())


def _weigh_token(token: str) -> str:
    if token[0] in "0123456789":
        digits = token.lstrip("0") or "0"
        return f"{min(len(digits), _LONGEST_NUMBER):02d}{digits}"
    if token in _WEIGHTS:
        return _WEIGHTS[token]
    return "".join(_WEIGHTS.get(letter, letter) for letter in _strip_diacritics(token))


def _strip_diacritics(letter: str) -> str:
    if letter == "ł":
        return "l"
    return "".join(part for part in unicodedata.normalize("NFD", letter) if unicodedata.category(part) != "Mn")
