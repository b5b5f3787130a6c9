"""Numbers of organisations: NIP (tax), REGON (statistics), KRS (court register).

Systems store the digits alone. People group them with hyphens and blanks and write the country before a NIP
(``PL 856-734-62-15``): :func:`extract_digits` normalises those.
"""

import re

from stdnum.pl import nip, regon

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
