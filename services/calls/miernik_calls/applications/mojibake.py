"""Texts that were written in UTF-8, read in another encoding and written again: ``GÅ‚Ã³wna`` was ``Główna``.

Such a text is UTF-8 like any other, so the file as a whole shows nothing. But each letter with a mark became two or
three signs that no word has beside each other, and which these are is known.
"""

import polars as pl

_READ_AS = ("windows-1252", "windows-1250", "iso-8859-1", "iso-8859-2")
# In the order of preference: two encodings may show different letters as the same signs.
_MEANT_MOST = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"
_MEANT_TOO = "äöüßÄÖÜâçèéêëîïôùûœÂÇÈÉÊËÎÔÙÛ„”“’–—…"
_SHOWN = 40


def _misread(sign: str, charset: str) -> str:
    """A sign as it looks then. Bytes that the encoding leaves out become control signs, as browsers have it."""
    return "".join(bytes([byte]).decode(charset, errors="ignore") or chr(byte) for byte in sign.encode())


def _misreadings() -> dict[str, str]:
    found: dict[str, str] = {}
    for signs in (_MEANT_MOST, _MEANT_TOO):
        for charset in _READ_AS:
            for sign in signs:
                found.setdefault(_misread(sign, charset), sign)
    # Of what has become a blank nothing can be told.
    return {seen: sign for seen, sign in found.items() if "\u00a0" not in seen}


_MEANT = _misreadings()
_PATTERN = "(?:" + "|".join(_MEANT) + ")"
_WORD = rf"((?:{_PATTERN}|\p{{L}})*{_PATTERN}(?:{_PATTERN}|\p{{L}})*)"


def misread(cells: pl.Series) -> pl.Series:
    """Where a text holds such signs."""
    return cells.str.contains(_PATTERN).fill_null(value=False)


def first_word_meant(column: str) -> pl.Expr:
    """The first word with such signs as it was meant. Not the whole text, and no digits: it is repeated to readers."""
    word = pl.col(column).str.extract(_WORD, 1)
    return word.str.replace_many(list(_MEANT), list(_MEANT.values())).str.slice(0, _SHOWN)
