"""Numbers of organisations: NIP (tax), REGON (statistics), KRS (court register).

Systems store the digits alone. People group them with hyphens and blanks and write the country before a NIP
(``PL 856-734-62-15``): :func:`extract_digits` normalises those.
"""

import re

from stdnum.pl import nip, regon

_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+E[+]?|E[+])[0-9]{1,2}", re.IGNORECASE)
_WITH_DECIMALS = re.compile(r"(?P<digits>[0-9]+)[.,]0+")
_KRS = re.compile("[0-9]{10}")
_AS_WRITTEN = re.compile(r"(?:PL[\s-]*)?(?P<digits>[0-9]+(?:[\s-]+[0-9]+)*)", re.IGNORECASE)


def extract_digits(written: str) -> str | None:
    """Digits of a number as people write it; ``None`` for a text that is not a number."""
    found = _AS_WRITTEN.fullmatch(written.strip())
    return re.sub(r"[\s-]", "", found["digits"]) if found else None


def is_nip(number: str) -> bool:
    """Whether the text is ten digits with a valid check digit. All zeros, which the library accepts, are not."""
    return _is_digits(number) and nip.is_valid(number) and _is_not_zeros(number)


def is_regon(number: str) -> bool:
    """Whether the text is 9 or 14 digits with valid check digits. All zeros, which the library accepts, are not."""
    return _is_digits(number) and regon.is_valid(number) and _is_not_zeros(number)


def is_krs(number: str) -> bool:
    """Whether the text is ten digits, zeros in front included. A KRS number has no check digit."""
    return _KRS.fullmatch(number) is not None and _is_not_zeros(number)


def _is_not_zeros(number: str) -> bool:
    return bool(number.strip("0"))


def _is_digits(number: str) -> bool:
    # The library also accepts the digits of other scripts.
    return number.isascii() and number.isdecimal()


def is_rounded_by_spreadsheet(text: str) -> bool:
    """Whether a spreadsheet turned a number into a rounded power of ten, ``8,56735E+09``: its digits are lost."""
    return _ROUNDED.fullmatch(text.strip()) is not None


def restore_nip(text: str) -> str | None:
    """NIP that a spreadsheet gave decimals (``8567346215.0``); ``None`` for another text."""
    digits = _drop_decimals(text)
    return digits if digits is not None and is_nip(digits) else None


def restore_regon(text: str) -> str | None:
    """REGON that lost its leading zeros or got decimals; ``None`` if its check digit does not fit."""
    digits = _drop_decimals(text) or extract_digits(text)
    if digits is None or len(digits) > 14:
        return None
    restored = digits.zfill(9 if len(digits) <= 9 else 14)
    return restored if restored != text and is_regon(restored) else None


def restore_krs(text: str) -> str | None:
    """KRS number that lost its leading zeros or got decimals. It has no check digit, so this is only likely."""
    digits = _drop_decimals(text) or extract_digits(text)
    restored = digits.zfill(10) if digits is not None else ""
    return restored if restored != text and is_krs(restored) else None


def _drop_decimals(text: str) -> str | None:
    found = _WITH_DECIMALS.fullmatch(text.strip())
    return found["digits"] if found else None
