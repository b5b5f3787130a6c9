"""Generated PESEL numbers of people born in 2212: valid, and nobody's."""

from __future__ import annotations

WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def made_up_pesel(birth: str = "127231", serial: str = "0000") -> str:
    """A number with a right check digit; `birth` as the number writes it: YYMMDD, the month with its century."""
    digits = birth + serial
    checksum = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + str(-checksum % 10)


def assert_untold(number: str, *texts: str) -> None:
    """Assert that no line of the texts has the number, however its digits are grouped."""
    for text in texts:
        assert not [line for line in text.splitlines() if number in only_digits(line)]


def only_digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
