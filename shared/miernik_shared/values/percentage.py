"""Percentages and rounding as the office prints them: exact to the end, then half up."""

from decimal import ROUND_05UP, ROUND_HALF_UP, Context, Decimal

PERCENT_PLACES = 2

_HALF_UP = Context(prec=50, rounding=ROUND_HALF_UP)
# A quotient cut to a tie would be rounded a second time, upwards; 05UP never leaves a false tie behind.
_STICKY = Context(prec=60, rounding=ROUND_05UP)


def half_up(value: Decimal, places: int) -> Decimal:
    """`value` with exactly `places` decimals, a half going away from zero; zero comes back without a sign.

    Raises `ValueError` for NaN and infinity, `decimal.InvalidOperation` where the result passes 50 digits.
    """
    if not value.is_finite():
        raise ValueError(f"{value} cannot be rounded")
    return _HALF_UP.plus(value.quantize(Decimal((0, (1,), -places)), context=_HALF_UP))


def percentage(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """How many percent `numerator` is of `denominator`, with two places: 54.95 means 54.95%.

    None where a part is missing or the base is 0: an unknown share is not a share of 0. Over 100 is legal.
    Raises `ValueError` for NaN and infinity.
    """
    if numerator is None or denominator is None:
        return None
    if not (numerator.is_finite() and denominator.is_finite()):
        raise ValueError(f"{numerator} and {denominator} have no percentage")
    if denominator == 0:
        return None
    hundredfold = _STICKY.multiply(numerator, Decimal(100))
    return half_up(_STICKY.divide(hundredfold, denominator), PERCENT_PLACES)
