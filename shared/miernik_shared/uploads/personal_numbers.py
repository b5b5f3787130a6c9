"""Detection of PESEL numbers in columns. They are refused, and no response, row or log line repeats them.

The verdict on a cell is that of :func:`~miernik_shared.values.personal_numbers.holds_personal_number`; the steps before
it rule out, a column at a time, nearly all cells that have no such number.
"""

import unicodedata
from functools import cache

import polars as pl

from miernik_shared.values.digits import FILLERS, IGNORED_CATEGORIES
from miernik_shared.values.personal_numbers import SHAPE, holds_personal_number

_SPECIAL = r"[^ -~]|  "
"""Pattern of a text that differs from its normalised form, as far as digits are concerned."""
_IGNORED = "[" + "".join(rf"\p{{{category}}}" for category in IGNORED_CATEGORIES) + FILLERS + "]"
_BLANKS = r"[\s\x1c-\x1f]+"
_BIRTH = r"^[0-9]{2}(?:[02][1-9]|[13][0-2])(?:0[1-9]|[12][0-9]|3[01])"
_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
_END_OF_DIGITS = 0x20000
"""Unicode has no digits behind its first two planes."""
_ENOUGH = 5_000
_MOST_DIGITS = 64
"""Cells with more digits are texts, which are checked one by one: their length bounds the work."""


def find_personal_numbers(column: pl.Series) -> pl.Series:
    """Boolean series, true where a cell contains a PESEL."""
    plain = _normalise_column(column)
    possible = plain.str.contains(SHAPE).fill_null(value=False)
    if not possible.any():
        return possible
    texts = plain.filter(possible).unique()
    found = _select_texts(texts.filter(_have_valid_digits(texts)))
    return plain.is_in(found.implode()).fill_null(value=False).alias(column.name)


def find_personal_numbers_in_values(column: pl.Series) -> pl.Series:
    """The same for a column of numbers, where zeros before a number count for nothing."""
    return find_personal_numbers(column) | find_personal_numbers(column.str.strip_chars_start(" 0"))


def _select_texts(texts: pl.Series) -> pl.Series:
    """Texts with a PESEL. After thousands of them the rest are taken for such, too: the file is refused anyway."""
    found: list[str] = []
    for index, text in enumerate(texts):
        if len(found) == _ENOUGH:
            return pl.concat([pl.Series(found), texts[index:]])
        if holds_personal_number(text):
            found.append(text)
    return pl.Series(found, dtype=pl.String)


def _normalise_column(column: pl.Series) -> pl.Series:
    """Texts as :func:`normalise_digits` gives them, except for signs that are no digits."""
    special = column.str.contains(_SPECIAL).fill_null(value=False)
    if not special.any():
        return column
    texts = (
        column.filter(special)
        .str.normalize("NFKC")
        .str.replace_all(_BLANKS, " ")
        .str.replace_all(_IGNORED, "")
        .str.replace_many(*_digits_of_all_scripts())
    )
    return column.scatter(special.arg_true(), texts)


@cache
def _digits_of_all_scripts() -> tuple[list[str], list[str]]:
    """Digits that are not ASCII, and the ASCII digits that they mean."""
    characters = [chr(code) for code in range(0x80, _END_OF_DIGITS)]
    digits = [one for one in characters if unicodedata.category(one) == "Nd"]
    return digits, [str(unicodedata.decimal(one)) for one in digits]


def _have_valid_digits(plain: pl.Series) -> pl.Series:
    """Boolean series, true where any eleven digits of a text in a row have a possible day and a right check digit."""
    digits = pl.col("digits")
    table = pl.DataFrame({"digits": plain.str.replace_all(r"[^0-9]+", "")}).with_row_index("row")
    lengths = table["digits"].str.len_bytes()
    found = [table.filter(lengths > _MOST_DIGITS)["row"]]
    table = table.filter(lengths <= _MOST_DIGITS)
    for start in range(int(lengths.clip(upper_bound=_MOST_DIGITS).max()) - 10):  # type: ignore[arg-type]
        table = table.filter(digits.str.len_bytes() >= start + 11)
        window = table.select("row", digits.str.slice(start, 11)).filter(digits.str.contains(_BIRTH))
        found.append(window.filter(_weigh(digits.cast(pl.Int64)) % 10 == 0)["row"])
    valid = pl.concat(found).unique()
    marks = pl.Series([False]).new_from_index(0, len(plain))
    return marks.scatter(valid, values=True) if len(valid) else marks


def _weigh(number: pl.Expr) -> pl.Expr:
    """Sum of the digits of a number of eleven, each times its weight."""
    weighted = [number // 10 ** (10 - place) % 10 * weight for place, weight in enumerate(_WEIGHTS)]
    return pl.sum_horizontal(weighted)
