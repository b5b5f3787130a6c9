"""Decimal sign of an uploaded table, told from its numbers where they leave no doubt.

``100,50``, ``1 234,567`` and ``406.097,28`` can only have a decimal comma. ``11.716`` may be 11716 or 11.716: unless
other numbers of the file settle it, that is one error for the whole file, which names the parameter that does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from miernik_shared.uploads.numerals import NumberFormat, normalise_signs, well_formed_pattern

Sign = Literal[",", "."]
DOUBTFUL, MIXED = "decimal_sign_doubtful", "decimal_signs_mixed"
EXAMPLES: dict[Sign, str] = {",": "1234,56", ".": "1234.56"}
_OTHER: dict[Sign, Sign] = {",": ".", ".": ","}
_ESCAPED: dict[Sign, str] = {",": ",", ".": r"\."}


@dataclass(frozen=True, slots=True)
class Told:
    """Notation to read the numbers in. ``decimal`` is the sign that they have, null where none has one.

    Cells that match ``unsettled`` get the error ``code``, both null where all is settled.
    """

    notation: NumberFormat
    decimal: Sign | None
    code: str | None = None
    unsettled: str | None = None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Numbers of cells that can only have this decimal sign, and whether the other one groups thousands in some."""

    sure: int
    groups: bool


def declare_notation(decimal: Sign, missing: Sequence[str]) -> NumberFormat:
    """Notation of a file whose sender states the decimal sign: the other sign can only group thousands."""
    return NumberFormat(decimal=decimal, thousands=[" ", _OTHER[decimal]], missing=list(missing))


def tell_notation(columns: Sequence[pl.Series], declared: NumberFormat | None, default: NumberFormat) -> Told:
    """Tell the notation of the numbers in ``columns``, all together.

    A ``declared`` notation, of a form, holds if all of them fit it. ``default`` is for a table without decimal signs,
    and supplies the words for "no data".
    """
    texts = _select_signed(columns)
    if declared is not None and (texts.is_empty() or texts.str.contains(well_formed_pattern(declared)).all()):
        return Told(declared, None if texts.is_empty() else declared.decimal)
    comma, point = _find_evidence(texts, ","), _find_evidence(texts, ".")
    if comma.sure and point.sure:
        return _settle_mixed(comma, point, declared, default)
    doubtful: list[Sign] = [sign for sign in EXAMPLES if texts.str.contains(_doubtful_pattern(sign)).any()]
    if comma.sure:
        return _settle(",", comma, default, doubtful="." in doubtful)
    if point.sure:
        return _settle(".", point, default, doubtful="," in doubtful)
    if doubtful:
        pattern = "|".join(_doubtful_pattern(sign) for sign in doubtful)
        return Told(declared or default, None, DOUBTFUL, pattern)
    return Told(declared or default, None)


def _select_signed(columns: Sequence[pl.Series]) -> pl.Series:
    """Texts with a comma or a point that look like numbers."""
    texts = [normalise_signs(one.drop_nulls()).rename("text") for one in columns]
    cells = pl.concat([pl.Series("text", [], dtype=pl.String), *texts])
    return cells.filter(cells.str.contains(r"^-?[0-9][0-9 .,]*[.,][0-9 .,]*[0-9]$"))


def _find_evidence(texts: pl.Series, sign: Sign) -> _Evidence:
    grouping = texts.str.contains(_grouping_pattern(sign))
    return _Evidence(int((grouping | texts.str.contains(_sure_pattern(sign))).sum()), bool(grouping.any()))


def _sure_pattern(sign: Sign) -> str:
    """Numbers whose ``sign`` cannot group thousands: not three digits after it, or none, four or more before it."""
    mark = _ESCAPED[sign]
    return (
        rf"^-?[0-9]+{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})$|^-?(?:0[0-9]*|[0-9]{{4,}}){mark}[0-9]{{3}}$"
        rf"|^-?[0-9]{{1,3}}(?: [0-9]{{3}})+{mark}[0-9]+$"
    )


def _grouping_pattern(decimal: Sign) -> str:
    """Numbers in which the other sign groups thousands: it stands before this one, or several times."""
    group = rf"{_ESCAPED[_OTHER[decimal]]}[0-9]{{3}}"
    return rf"^-?[0-9]{{1,3}}(?:{group})+{_ESCAPED[decimal]}[0-9]+$|^-?[0-9]{{1,3}}(?:{group}){{2,}}$"


def _doubtful_pattern(sign: Sign) -> str:
    """Numbers whose one ``sign`` may group thousands as well as begin decimals."""
    return rf"^-?[1-9][0-9]{{0,2}}{_ESCAPED[sign]}[0-9]{{3}}$"


def _settle(sign: Sign, evidence: _Evidence, default: NumberFormat, *, doubtful: bool) -> Told:
    """Notation with a settled decimal sign. The other sign groups thousands if it certainly does so somewhere."""
    if evidence.groups:
        return Told(declare_notation(sign, default.missing), sign)
    notation = NumberFormat(decimal=sign, thousands=[" "], missing=default.missing)
    if doubtful:
        return Told(notation, sign, DOUBTFUL, _doubtful_pattern(_OTHER[sign]))
    return Told(notation, sign)


def _settle_mixed(comma: _Evidence, point: _Evidence, declared: NumberFormat | None, default: NumberFormat) -> Told:
    """Notation of a file with both signs: that of the form or of most numbers; the others get the error."""
    usual: Sign = declared.decimal if declared is not None else ("," if comma.sure >= point.sure else ".")
    other = _OTHER[usual]
    unsettled = f"{_sure_pattern(other)}|{_grouping_pattern(other)}"
    return Told(declare_notation(usual, default.missing), usual, MIXED, unsettled)
