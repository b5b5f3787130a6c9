"""Removal of the marks by which spreadsheets keep digits as text: a leading apostrophe, ``="0404032"``."""

import polars as pl

from miernik_shared.uploads.columns import TableShape

_FORMULA = r'^\s*="(?s:(.*))"\s*$'
_APOSTROPHE = r"^\s*'+"


def remove_text_marks(shape: TableShape, frame: pl.DataFrame) -> pl.DataFrame:
    """Remove the marks from all cells; in free texts, which may begin with an apostrophe, only the formula."""
    changed: list[pl.Series] = []
    for name in frame.columns:
        if name == "row_no":
            continue
        cells = frame[name]
        if cells.str.contains(_FORMULA).any():
            cells = cells.str.replace(_FORMULA, "$1")
        if name not in shape.texts and cells.str.contains(_APOSTROPHE).any():
            cells = cells.str.replace(_APOSTROPHE, "")
        changed.append(cells)
    return frame.with_columns(changed)
