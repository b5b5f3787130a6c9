"""Validation of the texts of an application: numbers and titles."""

import polars as pl

from miernik_calls.applications.mojibake import is_mojibake, repair_first_word
from miernik_shared.uploads.findings import build_findings

_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def find_unfit_texts(cells: pl.DataFrame, column: str) -> list[pl.DataFrame]:
    """Findings of texts with control characters or mojibake."""
    unprintable = cells.filter(pl.col(column).str.contains(_UNPRINTABLE))
    garbled = cells.filter(is_mojibake(cells[column]))
    return [
        build_findings(unprintable, column, "text_unprintable"),
        build_findings(garbled, column, "text_misread", expected=repair_first_word(column)),
    ]
