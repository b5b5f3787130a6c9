"""Reading numbers in the notation that a form declares, a whole column at a time. Nothing is guessed.

With a decimal comma and blanks between thousands ``4 868 206,71`` is a number, and ``406.097,28`` or ``11.716`` is a
finding; a form that declares dots between thousands reads ``11.716`` as 11716, one with a decimal point as 11.716.
"""

import re
from dataclasses import dataclass

import polars as pl

from miernik_indicators.forms.schemas import NumberFormat

EXACT = NumberFormat(decimal=".", thousands=[], missing=[])
"""The notation of JSON: a decimal point, nothing else; null is "missing"."""
INTEGER_DIGITS = 14
DECIMALS = 6
_BLANKS = ("\u00a0", "\u202f", "\u2009")
_NUMBER_LIKE = r"^[-+]?[\d ., ']+(%|zł|PLN|EUR)?$"


@dataclass(frozen=True, slots=True)
class ReadNumbers:
    """Expressions over a column of text: its number, whether it says "missing", and the code of its fault."""

    number: pl.Expr
    missing: pl.Expr
    fault: pl.Expr


def read_numbers(column: str, notation: NumberFormat, *, exact: bool) -> ReadNumbers:
    """``number`` is a decimal text with a point (null if missing or faulty), ``fault`` a code or null."""
    text = _plain(pl.col(column))
    missing = pl.col(column).is_null() if exact else text.is_in(notation.missing)
    unsigned = text.str.strip_prefix("-")
    well_formed = unsigned.str.contains(_pattern(notation)).fill_null(value=False)
    digits = _canonical(text, notation)
    too_long = digits.str.extract(r"^-?0*(\d*)", 1).str.len_chars() > INTEGER_DIGITS
    fault = (
        pl.when(missing)
        .then(None)
        .when(~well_formed)
        .then(_fault_of_notation(text))
        .when(digits.str.contains(rf"\.\d{{{DECIMALS + 1},}}$"))
        .then(pl.lit("value_too_precise"))
        .when(too_long)
        .then(pl.lit("value_too_large"))
        .when(text.str.starts_with("-") & digits.str.contains("[1-9]"))
        .then(pl.lit("value_negative"))
        .otherwise(None)
    )
    number = pl.when(missing | ~well_formed).then(None).otherwise(digits)
    return ReadNumbers(number, missing, fault)


def _plain(column: pl.Expr) -> pl.Expr:
    for blank in _BLANKS:
        column = column.str.replace_all(blank, " ", literal=True)
    return column.str.replace_all("\u2212", "-", literal=True).str.strip_chars(" \t")


def _pattern(notation: NumberFormat) -> str:
    decimal = re.escape(notation.decimal)
    grouped = "".join(rf"|\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+" for mark in notation.thousands)
    return rf"^(?:\d+{grouped})(?:{decimal}\d+)?$"


def _canonical(text: pl.Expr, notation: NumberFormat) -> pl.Expr:
    for mark in notation.thousands:
        text = text.str.replace_all(mark, "", literal=True)
    return text if notation.decimal == "." else text.str.replace(notation.decimal, ".", literal=True)


def _fault_of_notation(text: pl.Expr) -> pl.Expr:
    return (
        pl.when(text.str.contains(_NUMBER_LIKE) & text.str.contains(r"\d"))
        .then(pl.lit("value_other_notation"))
        .otherwise(pl.lit("value_not_a_number"))
    )
