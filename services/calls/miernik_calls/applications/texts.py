"""Validation of the texts of an application: numbers and titles."""

import polars as pl

from miernik_calls.applications.mojibake import is_mojibake, repair_first_word
from miernik_shared.uploads.findings import build_findings
from miernik_shared.uploads.identity_columns import find_refused_characters


def find_unfit_texts(cells: pl.DataFrame, column: str) -> list[pl.DataFrame]:
    """Findings of texts with mojibake, of which control characters are a part, or else with invisible characters."""
    is_garbled = is_mojibake(cells[column])
    return [
        build_findings(cells.filter(is_garbled), column, "text_misread", expected=repair_first_word(column)),
        find_refused_characters(cells.filter(~is_garbled), column),
    ]
