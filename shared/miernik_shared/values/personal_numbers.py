"""Recognising a PESEL in a text."""

import re

from stdnum.pl import pesel

_LENGTH = 11
# As it is written, and as a spreadsheet groups it that takes it for a number.
SHAPE = r"[0-9]{6}[\s-]?[0-9]{5}|[0-9]{2}(?:[\s.,'][0-9]{3}){3}"
_SHAPED = re.compile(SHAPE)


def holds_personal_number(text: str) -> bool:
    """Whether a text contains eleven digits that are a valid PESEL (date and check digit)."""
    return _SHAPED.search(text) is not None and valid_inside(text)


def is_personal_number(text: str) -> bool:
    """Whether a text is one and nothing else, however it is grouped."""
    digits = "".join(sign for sign in text if sign not in " -.,'\u00a0")
    return len(digits) == _LENGTH and valid_inside(digits)


def valid_inside(text: str) -> bool:
    """Whether any eleven digits on end are valid, whatever stands between them: for a text that has the shape."""
    digits = "".join(sign for sign in text if sign.isdigit())
    windows = (digits[start : start + _LENGTH] for start in range(max(len(digits) - _LENGTH + 1, 0)))
    return any(pesel.is_valid(window) and bool(window.strip("0")) for window in windows)
