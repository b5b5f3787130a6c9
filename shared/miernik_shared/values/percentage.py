"""Percentages and rounding as the office prints them: exact arithmetic, rounded half up once at the end."""

from decimal import ROUND_05UP, ROUND_HALF_UP, Context, Decimal

PERCENT_PLACES = 2

_HALF_UP = Context(prec=50, rounding=ROUND_HALF_UP)
# A quotient truncated to exactly …5 would be rounded up although it is below; ROUND_05UP leaves no false tie.
_STICKY = Context(prec=60, rounding=ROUND_05UP)


def half_up(value: Decimal, places: int) -> Decimal:
    """Round `value` to exactly `places` decimals, half away from zero; zero is returned without a sign.

    Raises `ValueError` for NaN and infinity, `decimal.InvalidOperation` where the result exceeds 50 digits.
    """
    if not value.is_finite():
        raise ValueError(f"{value} cannot be rounded")
    return _HALF_UP.plus(value.quantize(Decimal((0, (1,), -places)), context=_HALF_UP))


def percentage(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Percentage of `numerator` in `denominator`, with two decimals: 54.95 means 54.95%. It may exceed 100.

    None where either is missing or the denominator is 0: an unknown share is not 0. Raises `ValueError` for NaN and
    infinity.
    """
    if numerator is None or denominator is None:
        return None
    if not (numerator.is_finite() and denominator.is_finite()):
        raise ValueError(f"{numerator} and {denominator} have no percentage")
    if denominator == 0:
        return None
    hundredfold = _STICKY.multiply(numerator, Decimal(100))
    return half_up(_STICKY.divide(hundredfold, denominator), PERCENT_PLACES)
