"""Texts with their digits as ASCII and without invisible characters, in which numbers are searched for."""

import re
import unicodedata
from functools import cache

IGNORED_CATEGORIES = ("Cc", "Cf", "Co", "Me", "Mn")
"""Unicode categories of characters that show nothing between two digits: controls, formats, marks, private ones."""
FILLERS = "\u115f\u1160\u3164"
"""Letters without a shape."""
_APOSTROPHES = "\u2018\u2019\u02bc\u2032"
_NOT_PRINTABLE = re.compile("[^ -~]")


def normalise_digits(text: str) -> str:
    """Compatibility form (NFKC) with ASCII digits and dashes, one blank for each run, and nothing invisible."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = " ".join(text.split())
    return _NOT_PRINTABLE.sub(_replace_character, text)


def _replace_character(found: re.Match[str]) -> str:
    return _plain_character(found[0])


@cache
def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in IGNORED_CATEGORIES or character in FILLERS:
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\u2212":
        return "-"
    return "'" if character in _APOSTROPHES else character
