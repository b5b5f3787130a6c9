"""Finding PESEL numbers in columns that take none. They are refused, and no answer, row or log line repeats them."""

import polars as pl
from stdnum.pl import pesel

_LENGTH = 11
# As it is written, and as a spreadsheet groups it that takes it for a number.
_SHAPE = r"[0-9]{6}[\s-]?[0-9]{5}|[0-9]{2}(?:[\s.,'][0-9]{3}){3}"


def personal_number_rows(column: pl.Series) -> pl.Series:
    """True where a cell contains eleven digits that are a valid PESEL (date and check digit)."""
    shaped = column.str.contains(_SHAPE).fill_null(value=False)
    if not shaped.any():
        return shaped
    suspects = column.filter(shaped)
    verdicts = pl.Series([_contains_pesel(cell) for cell in suspects], dtype=pl.Boolean)
    return shaped.scatter(shaped.arg_true(), verdicts)


def holds_personal_number(text: str) -> bool:
    """Whether a free text contains one."""
    return bool(personal_number_rows(pl.Series([text])).any())


def is_personal_number(text: str) -> bool:
    """Whether a text is one and nothing else, however it is grouped."""
    digits = "".join(sign for sign in text if sign not in " -.,'\u00a0")
    return len(digits) == _LENGTH and _contains_pesel(digits)


def _contains_pesel(cell: str) -> bool:
    digits = "".join(sign for sign in cell if sign.isdigit())
    windows = (digits[start : start + _LENGTH] for start in range(max(len(digits) - _LENGTH + 1, 0)))
    return any(pesel.is_valid(window) and bool(window.strip("0")) for window in windows)
