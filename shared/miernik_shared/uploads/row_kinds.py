"""Rows of an uploaded table that are no data: empty, totals, notes, repeated headers.

A row with an identifier, or in any doubt, is never passed over: what looks like a total or a note and also like data is
an error. Only rows whose identifier is blank or unusual are examined, by expressions over whole columns.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from miernik_shared.uploads.headings import normalise_cells, normalise_heading

EMPTY, TOTAL, NOTE = "passed_over_empty", "passed_over_total", "passed_over_note"
HEADER_AGAIN, COLUMN_NUMBERS = "passed_over_header_again", "passed_over_column_numbers"
ABOVE_HEADER = "passed_over_above_header"
DOUBTFUL, SECOND_TABLE = "row_doubtful", "second_table"

# An identifier as systems give them: a digit, no blanks, nothing of a sentence.
_IDENTIFIER = r"^[^\s:;*†]*[0-9][^\s:;*†]*$"
_DAY = r"^(?:[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{4}|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2})(?: ?r\.?)?$"
# All patterns below match texts in lower case without diacritics.
_TOTAL = (
    r"^(?:razem|ogolem|suma|lacznie|w sumie|podsumowanie|(?:do|z) przeniesienia|total|subtotal|grand total|sum)"
    r"(?:[^\pL\pN_/-].*)?$"
)
_NOTE = (
    r"^(?:\*|†|‡|¹|²|zrodlo\b|uwaga\b|uwagi\b|objasnieni|legenda\b|stan na\b|wg stanu\b|wedlug stanu\b|dane na\b"
    r"|dane wg\b|sporzadzi|opracowa|przygotowa|zatwierdzi|wygenerowan|data (?:sporzadzenia|wydruku|wygenerowania)\b"
    r"|wydruk\b|strona\b|liczba (?:wnioskow|wierszy|pozycji|rekordow)\b|zalacznik\b|koniec\b|source\b|note\b|notes\b"
    r"|remarks?\b|as of\b|as at\b|page\b|printed\b|generated\b|prepared\b|end of\b)"
)
_FIGURE_OR_GAP = r"^(?:[-+]?[0-9][0-9  .,']*(?: ?(?:zl|pln|%))?|[-–—x]+)$"
_WORD = r"\pL{2,}"
_LEAST_COLUMN_NUMBERS = 4
_ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
]
_LETTERS = list("abcdefghijklmnopqrstuvwxyz")
_CODE = re.compile(_IDENTIFIER)
_DAY_ALONE = re.compile(_DAY)
_LEAD, _NAME = "lead", "identifier"


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Columns of a parsed frame: the one with the identifier, ours, and the normalised heading of each named one."""

    identifier: str
    own: Collection[str]
    headings: Mapping[str, str]


def is_identifier(cell: str) -> bool:
    """Whether a cell has the shape of an identifier: a digit, no blanks, no date."""
    text = cell.strip()
    return _CODE.match(text) is not None and _DAY_ALONE.match(text) is None


def classify_rows(
    cells: pl.DataFrame, columns: TableColumns, names: Collection[str], known: Collection[str]
) -> pl.DataFrame:
    """Columns ``row_no`` and ``kind`` of the rows that are not simply data.

    ``cells`` are the parsed texts with ``row_no``. ``names`` are all normalised headings of ours, ``known`` identifiers
    that are data whatever they look like.
    """
    suspects = _select_suspects(cells, columns.identifier, known)
    if suspects.is_empty():
        return suspects.select("row_no", pl.lit(None, dtype=pl.String).alias("kind"))
    kind = _choose_kind(is_wide=len(columns.own) > 1)
    described = suspects.select("row_no").join(
        _describe_rows(suspects, columns, names), on="row_no", how="left", maintain_order="left"
    )
    return described.select("row_no", kind.alias("kind")).drop_nulls("kind")


def _describe_rows(suspects: pl.DataFrame, columns: TableColumns, names: Collection[str]) -> pl.DataFrame:
    """Counts and first cells of the rows that are not empty, for :func:`_choose_kind`.

    The cells stand in one long column, since a file may have thousands of columns.
    """
    long = suspects.unpivot(index="row_no", variable_name="place", value_name="text").drop_nulls("text")
    plain = long.select("row_no", "place", normalise_cells(pl.col("text")).alias("text")).filter(pl.col("text") != "")
    text, place = pl.col("text"), pl.col("place")
    heading = place.replace_strict(columns.headings, default="", return_dtype=pl.String)
    return plain.group_by("row_no", maintain_order=True).agg(
        pl.len().alias("filled"),
        text.str.contains(_FIGURE_OR_GAP).sum().alias("figures"),
        place.is_in(list(columns.own)).sum().alias("own"),
        text.is_in(list(names)).sum().alias("headings"),
        (text == heading).all().alias("is_header"),
        text.first().alias(_LEAD),
        text.filter(place == columns.identifier).first().fill_null("").alias(_NAME),
    )


def is_row_of_column_numbers(cells: list[str]) -> bool:
    """Whether a row numbers the columns, ``1;2;3;4``, as printed forms do below their header."""
    filled = [cell.strip(" ().").lower() for cell in cells if cell.strip()]
    numbers = [str(number) for number in range(1, len(filled) + 1)]
    return len(filled) >= _LEAST_COLUMN_NUMBERS and filled in (numbers, _ROMAN[: len(filled)], _LETTERS[: len(filled)])


def _select_suspects(cells: pl.DataFrame, identifier: str, known: Collection[str]) -> pl.DataFrame:
    """Rows without a usual identifier; most files have none, so that this is all the work."""
    name = cells[identifier].fill_null("").str.strip_chars()
    usual = name.str.contains(_IDENTIFIER) & ~name.str.contains(_DAY)
    if known:
        usual |= name.is_in(list(known))
    return cells.filter(~usual)


def _choose_kind(*, is_wide: bool) -> pl.Expr:
    """Kind of a suspect row, null if it is data after all; ``is_wide`` if the table has several of our columns."""
    lead, name, filled = pl.col(_LEAD), pl.col(_NAME), pl.col("filled")
    at_front = (name == "") | (name == lead)
    is_total, is_note = lead.str.contains(_TOTAL), lead.str.contains(_NOTE)
    words = lead.str.count_matches(_WORD)
    has_digit = lead.str.contains("[0-9]")
    only_figures = pl.col("figures") >= filled - 1
    sentence = (filled == 1) & (words >= 3) & ((name == "") | ~has_digit)
    odd_name = (words >= 2) | lead.str.contains(_DAY) | ((words == 1) & ~has_digit & (lead.str.len_chars() > 3))
    lonely = pl.lit(is_wide) & (filled == 1) & (name != "") & odd_name
    return (
        # Rows that are numbered in advance, in a column that is none of ours, are empty, too.
        pl.when(filled.is_null() | ((pl.col("own") == 0) & (pl.col("figures") == filled)))
        .then(pl.lit(EMPTY))
        .when(pl.col("is_header"))
        .then(pl.lit(HEADER_AGAIN))
        .when((pl.col("headings") >= 2) & (2 * pl.col("headings") >= filled))
        .then(pl.lit(SECOND_TABLE))
        .when(is_total & at_front & only_figures)
        .then(pl.lit(TOTAL))
        .when((is_note & at_front & (filled <= 2)) | sentence)
        .then(pl.lit(NOTE))
        .when(name.str.contains(_TOTAL) | name.str.contains(_NOTE) | lonely)
        .then(pl.lit(DOUBTFUL))
    )


def normalise_headings(headings: Mapping[str, str]) -> dict[str, str]:
    """Normalised headings by column of a frame, for :class:`TableColumns`."""
    return {column: normalise_heading(heading) for column, heading in headings.items()}
