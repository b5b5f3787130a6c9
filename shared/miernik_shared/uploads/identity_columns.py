"""Shown forms and keys of the identifiers in a column of an uploaded table, and findings of invisible characters.

Nearly all cells are plain, which one regular expression tells; the others are converted one by one, so that a table
and a single request follow the same functions.
"""

from collections.abc import Callable

import polars as pl

from miernik_shared.uploads.findings import build_findings
from miernik_shared.values.identity import REFUSED, find_refused_character, identity_key, shown_identifier, shown_text

_PLAIN = r"^[!-&(-<>-_a-~](?: ?[!-_a-~])*$"
"""Cell that is its own key: ASCII with single blanks, without a sign of a spreadsheet at its start."""
_LETTERS = r"!-~\u00a1-\u00ac\u00ae-\u024f–-„"
_COMPOSED = rf"^(?:[{_LETTERS}](?:[{_LETTERS} \u00a0]*[{_LETTERS}])?)?$"
"""Cell that is its own shown form: letters of Latin alphabets, without blanks at its ends."""
_REFUSED = f"[{REFUSED}]"


def identity_keys(cells: pl.Series) -> pl.Series:
    """Key of each cell; null stays null."""
    return _convert(cells, _PLAIN, identity_key)


def recognised_codes(cells: pl.Series) -> pl.Series:
    """Key of each cell of a long column with few different codes."""
    words = cells.unique()
    keys = identity_keys(words)
    different = words.ne_missing(keys)
    if not different.any():
        return cells
    return cells.replace(words.filter(different), keys.filter(different))


def shown_identifiers(cells: pl.Series) -> pl.Series:
    """Shown form of each cell of identifiers. A cell with a refused character is returned as it is, for a finding."""
    return _convert(cells, _PLAIN, _unless_refused(shown_identifier))


def shown_texts(cells: pl.Series) -> pl.Series:
    """Shown form of each cell of names or titles. A cell with a refused character is returned as it is."""
    return _convert(cells, _COMPOSED, _unless_refused(shown_text))


def find_refused_characters(cells: pl.DataFrame, column: str) -> pl.DataFrame:
    """Findings of cells with an invisible character; each names the first one and its position."""
    suspect = cells.filter(pl.col(column).str.contains(_REFUSED).fill_null(value=False))
    found = [find_refused_character(cell) for cell in suspect[column]]
    named = suspect.with_columns(
        pl.Series("refused", [one.code if one else None for one in found], dtype=pl.String),
        pl.Series("position", [str(one.position) if one else None for one in found], dtype=pl.String),
    ).filter(pl.col("refused").is_not_null())
    # A code point is no personal data: it is always repeated.
    findings = build_findings(named, column, "text_unprintable", expected=pl.col("position"))
    return findings.with_columns(named["refused"].alias("seen"))


def _unless_refused(form: Callable[[str], str]) -> Callable[[str], str]:
    return lambda cell: cell if find_refused_character(cell) else form(cell)


def _convert(cells: pl.Series, plain: str, form: Callable[[str], str]) -> pl.Series:
    special = (~cells.str.contains(plain)).fill_null(value=False)
    if not special.any():
        return cells
    converted = pl.Series([form(cell) for cell in cells.filter(special)], dtype=pl.String)
    # A copy, since polars changes the column itself.
    return cells.clone().scatter(special.arg_true(), converted)
