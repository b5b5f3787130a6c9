"""Numbers of organisations: NIP (tax), REGON (statistics), KRS (court register).

Systems have them as digits alone. People group them with hyphens and blanks and write the country before a NIP
(``PL 856-734-62-15``): what comes from people is made :func:`compact` first.
"""

import re

from stdnum.pl import nip, regon

_KRS = re.compile("[0-9]{10}")
_AS_WRITTEN = re.compile(r"(?:PL[\s-]*)?(?P<digits>[0-9]+(?:[\s-]+[0-9]+)*)", re.IGNORECASE)


def extract_digits(written: str) -> str | None:
    """The digits of a number as people write it; ``None`` for what is not written as a number."""
    found = _AS_WRITTEN.fullmatch(written.strip())
    return re.sub(r"[\s-]", "", found["digits"]) if found else None


def is_nip(number: str) -> bool:
    """Whether it is ten digits with the right check digit. The library lets all zeros pass."""
    return _is_digits(number) and nip.is_valid(number) and _is_not_zeros(number)


def is_regon(number: str) -> bool:
    """Whether it is 9 or 14 digits with the right check digits. The library lets all zeros pass."""
    return _is_digits(number) and regon.is_valid(number) and _is_not_zeros(number)


def is_krs(number: str) -> bool:
    """Whether it is ten digits, zeros in front included. A KRS number has no check digit."""
    return _KRS.fullmatch(number) is not None and _is_not_zeros(number)


def _is_not_zeros(number: str) -> bool:
    return bool(number.strip("0"))


def _is_digits(number: str) -> bool:
    # Other scripts have digits of their own, which the library counts with as well.
    return number.isascii() and number.isdecimal()
