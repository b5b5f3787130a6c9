"""Two forms of an identifier or a name: *shown*, which is stored and returned, and *key*, by which it is recognised.

People and programs spell one identifier in several ways: with a non-breaking hyphen from a word processor, two blanks,
full-width letters, an invisible character copied from a web page, the apostrophe or the ``="…"`` by which spreadsheets
protect a text. All spellings have one key. Case is kept: offices tell numbers apart by it.

Written text with characters that nobody sees is refused; text that is only looked up is recognised by its key.
"""

import re
import unicodedata
from dataclasses import dataclass

# Written out, since Python and polars know different versions of Unicode: controls and format characters; others that
# are invisible (grapheme joiner, fillers of Hangul, variation selectors, blank of Braille, tags); line and paragraph
# separators; surrogates, characters of private use and noncharacters, which mean nothing to the reader.
REFUSED = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    r"\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff"
    r"\uffa0\ufff0-\ufffc\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
"""Characters that no shown text contains, as the inside of a character class of a regular expression."""
_REFUSED = re.compile(rf"[{REFUSED}\ud800-\udfff]")
_REFUSED_IN_LINES = re.compile(rf"(?![\t\n])[{REFUSED}\ud800-\udfff]")
_BLANKS = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
    "\u205f\u3000"
)
_RUN_OF_BLANKS = re.compile(f"[{_BLANKS}]+")
_INVISIBLE = re.compile(rf"(?![{_BLANKS}])[{REFUSED}\ud800-\udfff]")
_DASHES = (
    "\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2796\u2e17\u2e1a\u2e3a\u2e3b\u2e40"
    "\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
_SLASHES = "\u2044\u2215\u29f8"
_UNIFIED = str.maketrans(dict.fromkeys(_DASHES, "-") | dict.fromkeys(_SLASHES, "/"))
_APOSTROPHES = "'’‘ʼ＇`"
_CONTROL_NAMES = {"\x00": "NULL", "\t": "TABULATION", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\x1b": "ESCAPE"}


@dataclass(frozen=True, slots=True)
class RefusedCharacter:
    """First character of a text that a reader cannot see; ``position`` counts from 1."""

    character: str
    position: int

    @property
    def code(self) -> str:
        """Code point as people write it: ``U+200B``."""
        return f"U+{ord(self.character):04X}"


class InvisibleCharacterError(ValueError):
    """Text with a character that a reader cannot see."""

    def __init__(self, found: RefusedCharacter) -> None:
        super().__init__(f"character {found.position} is {found.code} {name_character(found.code)}")
        self.found = found


def name_character(code: str) -> str:
    """Name in the Unicode standard of a code point: ``ZERO WIDTH SPACE`` for ``U+200B``."""
    character = chr(int(code.removeprefix("U+"), 16))
    return _CONTROL_NAMES.get(character) or unicodedata.name(character, "CONTROL CHARACTER")


def find_refused_character(text: str) -> RefusedCharacter | None:
    """First refused character between the first and the last visible one; ``None`` for a sound text."""
    return _find(_REFUSED, text)


def shown_text(text: str) -> str:
    """Form of a name that is stored and returned: composed (NFC), without blanks at the ends.

    Raises :class:`InvisibleCharacterError` for controls, line breaks included, and for format characters.
    """
    return _compose(text, _REFUSED)


def shown_lines(text: str) -> str:
    """Form of a longer text, in which tabs and line breaks may stand; else like :func:`shown_text`."""
    return _compose(text.replace("\r\n", "\n").replace("\r", "\n"), _REFUSED_IN_LINES)


def shown_identifier(text: str) -> str:
    """Form of an identifier: :func:`shown_text` with single blanks, without a spreadsheet's apostrophe or ``="…"``."""
    shown = _unwrap(_RUN_OF_BLANKS.sub(" ", shown_text(text)))
    return shown if identity_key(shown) else ""


def identity_key(text: str) -> str:
    """Form by which an identifier is recognised, the same for all of its spellings; defined for every text.

    Compatible characters are one (NFKC), every dash is ``-``, a run of blanks is one blank, invisible characters and
    the signs of spreadsheets are left out.
    """
    visible = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_UNIFIED)
    return _unwrap(_RUN_OF_BLANKS.sub(" ", visible))


def _find(refused: re.Pattern[str], text: str) -> RefusedCharacter | None:
    visible = text.rstrip(_BLANKS)
    start = len(visible) - len(visible.lstrip(_BLANKS))
    found = refused.search(visible, start)
    return RefusedCharacter(found[0], found.start() + 1) if found else None


def _compose(text: str, refused: re.Pattern[str]) -> str:
    if found := _find(refused, text):
        raise InvisibleCharacterError(found)
    return unicodedata.normalize("NFC", text.strip(_BLANKS))


def _unwrap(text: str) -> str:
    """Drop apostrophes before the text and the ``="…"`` around it, in which a quote is doubled."""
    plain = text.lstrip(_APOSTROPHES + " ").rstrip(" ")
    if plain.startswith('="') and plain.endswith('"'):
        inner = plain.lstrip(f'="{_APOSTROPHES} ').rstrip('" ')
        return inner.replace('""', '"')
    return plain
