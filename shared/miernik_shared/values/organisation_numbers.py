"""Numbers of organisations: NIP (tax), REGON (statistics), KRS (court register); digits only, as systems have them."""

import re

from stdnum.pl import nip, regon

_KRS = re.compile("[0-9]{10}")


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
