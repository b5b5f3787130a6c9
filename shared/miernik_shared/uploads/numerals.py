"""Parsing of numbers in a known notation, a column at a time. Nothing is guessed.

With a decimal comma and blanks between thousands, ``4 868 206,71`` is a number, and ``406.097,28`` and ``11.716`` are
errors. With dots between thousands ``11.716`` is 11716; with a decimal point it is 11.716.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

Token = Annotated[str, StringConstraints(max_length=20)]


class NumberFormat(BaseModel):
    """Notation of numbers in a form or a file. A number in another notation is a finding; nothing is guessed.

    ``thousands`` are the separators allowed between groups of three digits; a blank includes non-breaking ones.
    ``missing`` are the words for "no data", which is not 0, in any case and with any dash.
    """

    model_config = ConfigDict(extra="forbid")

    decimal: Literal[",", "."] = ","
    thousands: list[Literal[" ", ".", ","]] = [" "]
    missing: list[Token] = ["n/d", "-", "–", "x", "brak", ""]

    @model_validator(mode="after")
    def _separators_differ(self) -> "NumberFormat":
        if self.decimal in self.thousands:
            raise ValueError("decimal and thousands separators must differ")
        return self


EXACT = NumberFormat(decimal=".", thousands=[], missing=[])
"""Notation of JSON: a decimal point and no separators."""
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
# Spellings of the words for "no data", in lower case.
_GAPS = ((rf"^[{_DASHES}]+$", "-"), (r"^n\s?[./]?\s?d\.?$", "n/d"), (r"^[x×]+$", "x"))
OTHER_NOTATION = "value_other_notation"
"""Fault of a number that is written in another notation."""
_BLANKS_AND_MINUS = {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"}
# Always [0-9]: \d would match the digits of every script, and the database accepts only these.
WITH_A_WORD = (
    r"(?i)^[-+]?[0-9 .,\u00a0\u202f]*[0-9][ \u00a0\u202f]?(?:tys|tysi\p{L}+|mln|milion\p{L}*|mld|miliard\p{L}*)\.?$"
)
"""Pattern of a number with a word instead of zeros: ``3,52 mld``."""
_WITH_EXPONENT = r"(?i)^[-+]?[0-9]+(?:[.,][0-9]+)?e[-+]?[0-9]+$"
_NUMBER_LIKE = r"^[-+]?[0-9 ., ']*[0-9][0-9 ., ']*(%|zł|PLN|EUR)?$"


def read_numbers(cells: pl.Series, notation: NumberFormat, *, places: int = 6) -> pl.DataFrame:
    """Parse a column of text to the columns ``number`` and ``fault``.

    ``number`` is decimal text with a point, null if missing or faulty; ``fault`` is an error code or null. Numbers have
    at most 14 digits before and ``places`` after the decimal sign and are not negative. A null cell is missing.
    """
    text = normalise_signs(cells)
    sound = text.str.contains(_sound_pattern(notation, places)).fill_null(value=False)
    frame = pl.DataFrame({"text": text, "sound": sound})
    number = pl.when("sound").then(_strip_separators(pl.col("text"), notation))
    if sound.all():
        return frame.select(number.alias("number"), pl.lit(None, dtype=pl.String).alias("fault"))
    resolved = sound | is_gap(text, notation.missing)
    if resolved.all():
        return frame.select(number.alias("number"), pl.lit(None, dtype=pl.String).alias("fault"))
    fault = pl.when(~resolved).then(_classify_fault(pl.col("text"), notation, places))
    return frame.select(number.alias("number"), fault.alias("fault"))


def is_gap(cells: pl.Series, words: Sequence[str]) -> pl.Series:
    """Whether each cell is null or one of the words for "no data", in any case and with any dash."""
    text = cells.str.strip_chars().str.to_lowercase()
    for pattern, word in _GAPS:
        text = text.str.replace(pattern, word)
    return (text.is_in([_normalise_gap(word) for word in words]) | text.is_null()).fill_null(value=True)


def _normalise_gap(word: str) -> str:
    text = word.strip().lower()
    for pattern, replacement in _GAPS:
        text = re.sub(pattern, replacement, text)
    return text


def normalise_signs(cells: pl.Series) -> pl.Series:
    """Replace the various blanks and minus signs of word processors by one of each."""
    if cells.str.contains("[" + "".join(_BLANKS_AND_MINUS) + "]").any():
        cells = cells.str.replace_many(list(_BLANKS_AND_MINUS), list(_BLANKS_AND_MINUS.values()))
    return cells.str.strip_chars(" \t")


def _sound_pattern(notation: NumberFormat, places: int) -> str:
    decimal = re.escape(notation.decimal)
    groups = (
        rf"|[0-9]{{1,3}}(?:{mark}[0-9]{{3}}){{1,3}}|[0-9]{{1,2}}(?:{mark}[0-9]{{3}}){{4}}"
        for mark in _escape_separators(notation)
    )
    grouped = "".join(groups)
    return rf"^(?:[0-9]{{1,14}}{grouped})(?:{decimal}[0-9]{{1,{places}}})?$"


def well_formed_pattern(notation: NumberFormat) -> str:
    """Pattern of numbers in the notation, of any size and precision and with a sign."""
    grouped = "".join(rf"|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" for mark in _escape_separators(notation))
    return rf"^-?(?:[0-9]+{grouped})(?:{re.escape(notation.decimal)}[0-9]+)?$"


def _escape_separators(notation: NumberFormat) -> list[str]:
    return [re.escape(mark) for mark in notation.thousands]


def _strip_separators(text: pl.Expr, notation: NumberFormat) -> pl.Expr:
    for mark in notation.thousands:
        text = text.str.replace_all(mark, "", literal=True)
    return text if notation.decimal == "." else text.str.replace(notation.decimal, ".", literal=True)


def _classify_fault(text: pl.Expr, notation: NumberFormat, places: int) -> pl.Expr:
    """Error code of a cell that is not a valid number."""
    decimals = text.str.extract(rf"{re.escape(notation.decimal)}([0-9]+)$", 1).str.len_chars()
    return (
        pl.when(text.str.contains(WITH_A_WORD).fill_null(value=False))
        .then(pl.lit("value_with_a_word"))
        .when(text.str.contains(_WITH_EXPONENT).fill_null(value=False))
        .then(pl.lit("value_with_exponent"))
        .when(~text.str.contains(_NUMBER_LIKE).fill_null(value=False))
        .then(pl.lit("value_not_a_number"))
        .when(~text.str.contains(well_formed_pattern(notation)))
        .then(pl.lit(OTHER_NOTATION))
        .when(text.str.starts_with("-"))
        .then(pl.lit("value_negative"))
        .when(decimals.fill_null(0) > places)
        .then(pl.lit("value_too_precise"))
        .otherwise(pl.lit("value_too_large"))
    )
