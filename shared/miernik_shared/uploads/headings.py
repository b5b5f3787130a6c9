"""Recognition of headings as people and their programs write them: line breaks, blanks, case, units, misspellings."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from difflib import SequenceMatcher

import polars as pl

from miernik_shared.uploads.columns import TableShape
from miernik_shared.values.personal_numbers import REDACTED, holds_personal_number

_LETTERS = {"ą": "a", "ć": "c", "ę": "e", "ł": "l", "ń": "n", "ó": "o", "ś": "s", "ź": "z", "ż": "z"}
_PLAIN_LETTERS = str.maketrans(_LETTERS)
# Marks of footnotes and punctuation around a heading.
_AROUND = " :;*.\"'"
_HYPHENATED = re.compile(r"-\s*[\r\n]+\s*")
_UNIT = re.compile(r"\s*[(\[](?:w )?(?:zl|pln)[)\]]$")
_FOREIGN = frozenset({"lp", "l.p", "l. p", "nr", "id", "uwagi", "komentarz", "komentarze", "note", "notes", "comment"})
"""Headings that offices write beside their data, and that are no misspellings of others."""
_CLOSE = 0.8
"""Share of equal characters from which a heading counts as a misspelling: ``valeu`` of ``value``, not ``note`` of
``node``."""
_LONGEST = 60
_LONGEST_HEADING = 300
_SHORTEST_PHRASE = 8


def normalise_heading(cell: str) -> str:
    """Heading in lower case, without diacritics, format characters, line breaks and the punctuation around it."""
    text = unicodedata.normalize("NFKC", cell)
    text = "".join(" " if char.isspace() else char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(text.split()).lower().translate(_PLAIN_LETTERS).strip(_AROUND)


def normalise_cells(cells: pl.Expr) -> pl.Expr:
    """Approximate :func:`normalise_heading` for whole columns."""
    text = cells.str.to_lowercase().str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    return text.str.replace_all(r"[\s\u00a0]+", " ").str.strip_chars(_AROUND)


def show_heading(cell: str) -> str:
    """Heading as receipts and findings repeat it: in one line, shortened, without a personal number."""
    cell = cell[:_LONGEST_HEADING]
    if holds_personal_number(cell):
        return REDACTED
    # Half of a surrogate pair, which JSON may contain, can be neither stored nor sent.
    printable = (char if char.isprintable() else " " for char in cell)
    text = " ".join("".join(printable).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


class Headings:
    """Names under which the columns of a shape are recognised."""

    def __init__(self, shape: TableShape) -> None:
        self.names = {name.lower(): name for name in shape.columns} | dict(shape.aliases)
        """Columns by name: their own names and the alternative spellings."""
        self._found: dict[str, str | None] = {}

    def find(self, cell: str) -> str | None:
        """Column that a heading names; ``None`` if it names none of ours."""
        if len(cell) > _LONGEST_HEADING:
            return None
        if cell not in self._found:
            self._found[cell] = next((self.names[one] for one in _list_variants(cell) if one in self.names), None)
        return self._found[cell]

    def suggest(self, cell: str, present: Collection[str]) -> str | None:
        """Column that a heading of ours was probably meant to be, for one that names none.

        A heading that merely contains one of ours (``Data złożenia w urzędzie``) counts only if that column is not
        ``present``.
        """
        plain = normalise_heading(cell[:_LONGEST_HEADING])
        if plain in _FOREIGN or not 3 < len(plain) <= _LONGEST:
            return None
        if closest := self._find_closest(plain):
            return closest
        contained = (
            column
            for name, column in self.names.items()
            if len(name) >= _SHORTEST_PHRASE and column not in present and f" {name} " in f" {plain} "
        )
        return next(contained, None)

    def _find_closest(self, plain: str) -> str | None:
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(plain)
        best = (_CLOSE, "")
        for name, column in self.names.items():
            # Upper bounds of the ratio, which is slow; the first is its definition for texts with equal letters.
            if 2 * min(len(name), len(plain)) < _CLOSE * (len(name) + len(plain)):
                continue
            matcher.set_seq1(name)
            if matcher.quick_ratio() >= _CLOSE:
                best = max(best, (matcher.ratio(), column))
        return best[1] or None


def _list_variants(cell: str) -> Iterator[str]:
    plain = normalise_heading(cell)
    yield plain
    without_unit = _UNIT.sub("", plain)
    yield without_unit
    yield normalise_heading(_HYPHENATED.sub("", cell))
    yield without_unit.replace("_", " ")
    yield without_unit.replace(" ", "_")
