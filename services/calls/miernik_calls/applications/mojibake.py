"""Mojibake: UTF-8 that was decoded in another encoding and saved again, as ``GÅ‚Ã³wna`` for ``Główna``.

The file is valid UTF-8, so its encoding shows nothing. But each letter with a diacritic became two or three characters
that no word has next to each other, and those sequences are known.
"""

import polars as pl

_WRONG_ENCODINGS = ("windows-1252", "windows-1250", "iso-8859-1", "iso-8859-2")
# In the order of preference: two encodings may turn different letters into the same characters.
_POLISH = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_OTHER = "äöüßÄÖÜâçèéêëîïôùûœÂÇÈÉÊËÎÔÙÛ„”“’–—…"
_LONGEST_WORD = 40


def _misdecode(character: str, charset: str) -> str:
    """Return the character as decoded in a wrong encoding.

    Bytes that the encoding does not define become control characters, as in browsers.
    """
    return "".join(bytes([byte]).decode(charset, errors="ignore") or chr(byte) for byte in character.encode())


def _map_misreadings() -> dict[str, str]:
    found: dict[str, str] = {}
    for characters in (_POLISH, _OTHER):
        for charset in _WRONG_ENCODINGS:
            for character in characters:
                found.setdefault(_misdecode(character, charset), character)
    # A sequence with a no-break space may be an ordinary blank: not a sign of mojibake.
    return {garbled: character for garbled, character in found.items() if "\u00a0" not in garbled}


_REPAIRED = _map_misreadings()
_PATTERN = "(?:" + "|".join(_REPAIRED) + ")"
_WORD = rf"((?:{_PATTERN}|\p{{L}})*{_PATTERN}(?:{_PATTERN}|\p{{L}})*)"


def is_mojibake(cells: pl.Series) -> pl.Series:
    """Whether each text contains mojibake; false for null."""
    return cells.str.contains(_PATTERN).fill_null(value=False)


def repair_first_word(column: str) -> pl.Expr:
    """Repair the first damaged word. Only the letters of one word, since the finding repeats them to readers."""
    word = pl.col(column).str.extract(_WORD, 1)
    return word.str.replace_many(list(_REPAIRED), list(_REPAIRED.values())).str.slice(0, _LONGEST_WORD)
