"""Formatting of figures and days for readers. The values in JSON stay plain decimals and ISO dates."""

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from miernik_shared.formats import Language
from miernik_shared.values.percentage import PERCENT_PLACES, half_up

MISSING: dict[Language, str] = {"pl": "n/d", "en": "n/a"}
_NO_BREAK = "\u00a0"
_UNITS = {"PLN": {"pl": "zł", "en": "PLN"}}

_SEPARATORS = {
    language: str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})
    for language in ("pl", "en")
}


def number(value: Decimal | None, language: Language, places: int | None = None) -> str:
    """Format a number: `4 868 206,71` (with U+00A0) in Polish, `4,868,206.71` in English; missing is `n/d`, `n/a`.

    With `places` it is rounded half up to that many decimals; without, all decimals but trailing zeros are printed.
    Raises `ValueError` for NaN and infinity.
    """
    if value is None:
        return MISSING[language]
    # Babel's own number formats round half to even and use the caller's decimal context.
    return f"{_round(value, places):,f}".translate(_SEPARATORS[language])


def money(amount: Decimal, currency: str, language: Language, *, whole_bare: bool = False) -> str:
    """Format an amount: `4 868 206,71 zł`, `64 700 EUR`. Whole złote have `,00` unless `whole_bare` is set."""
    whole = (whole_bare or currency != "PLN") and amount == amount.to_integral_value()
    unit = _UNITS.get(currency, {}).get(language, currency)
    return f"{number(amount, language, 0 if whole else 2)}{_NO_BREAK}{unit}"


def percent(value: Decimal | None, language: Language) -> str:
    """Format a value that is already in percent (54.95) as `54,95%` or `54.95%`; missing is `n/d` or `n/a`."""
    if value is None:
        return MISSING[language]
    return f"{number(value, language, PERCENT_PLACES)}%"


def day(value: date | None, language: Language) -> str:
    """Format a day as `30 czerwca 2011 r.` or `30 June 2011`; missing is `n/d` or `n/a`."""
    if value is None:
        return MISSING[language]
    written = format_date(value, "d MMMM y", locale=language)
    return f"{written} r." if language == "pl" else written


def _round(value: Decimal, places: int | None) -> Decimal:
    if places is None:
        return half_up(value, _significant_places(value))
    return half_up(value, places)


def _significant_places(value: Decimal) -> int:
    _, _, decimals = f"{value:f}".partition(".")
    return len(decimals.rstrip("0"))
