"""Validation of the texts of an application: numbers and titles."""

import polars as pl

from miernik_calls.applications.mojibake import first_word_meant, misread
from miernik_shared.uploads.findings import findings_of

_UNPRINTABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"


def unfit_texts(cells: pl.DataFrame, column: str) -> list[pl.DataFrame]:
    """Findings of texts with signs that no one can see or store, and of those that were read in another encoding."""
    unprintable = cells.filter(pl.col(column).str.contains(_UNPRINTABLE))
    broken = cells.filter(misread(cells[column]))
    return [
        findings_of(unprintable, column, "text_unprintable"),
        findings_of(broken, column, "text_misread", expected=first_word_meant(column)),
    ]
