"""Detection and redaction of PESEL numbers in texts, as people, spreadsheets and programs write them.

Eleven consecutive digits are a PESEL if their check digit is valid and their day of birth is that of a person who may
be alive: from 1900 until today. Grouped digits must also not be part of a longer number: numbers of contracts and
accounts and amounts may contain eleven such digits.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate

from miernik_shared.values.as_of import WARSAW
from miernik_shared.values.digits import normalise_digits

REDACTED = "…"
"""Replacement of redacted text."""
_CENTURIES = {0: 1900, 20: 2000}
"""First year of a century by the number that is added to the months of its births; other centuries are too far off."""
_WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)

_ANY = "[^0-9A-Za-z]{0,5}"
SHAPE = (
    rf"[0-9]{_ANY}[0-9]{_ANY}(?:0{_ANY}[1-9]|1{_ANY}[0-2]|2{_ANY}[1-9]|3{_ANY}[0-2]){_ANY}"
    rf"(?:0{_ANY}[1-9]|[12]{_ANY}[0-9]|3{_ANY}[01])(?:{_ANY}[0-9]){{5}}"
)
"""Pattern that every normalised text with a PESEL matches: a possible day and five digits, in any groups.

It has no look-around, which polars' regular expressions lack.
"""
_SHAPED = re.compile(SHAPE)
_NO_DIGITS = re.compile("[^0-9]+")
_BIRTH = re.compile("(?=([0-9]{2}(?:[02][1-9]|[13][0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{5}))")
_RUN = re.compile("[0-9]{11,}")
_NEAR = 24
"""Characters beside eleven digits that say whether they are part of something else."""
# Neither letters nor what redaction leaves behind.
_SIGN = rf"(?:[^\w{REDACTED}]|_)"
_GAP = rf"{_SIGN}{{1,5}}"
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}[.,]")
_DATED = re.compile(rf"(?:[0-9]{{6}}|[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}){_GAP}[0-9]{{5}}")
_BY_DIGITS = re.compile(rf"[0-9](?:{_GAP}[0-9]){{10}}")
_AS_THOUSANDS = re.compile(r"[0-9]{2}(?: [0-9]{3}){3}")
_SAME_SIGN = re.compile(rf"[0-9]+(?P<gap>{_GAP})[0-9]+(?:(?P=gap)[0-9]+)*")
_COMMON_SIGNS = re.compile(r"[.:/' -]+")
_LONGEST_GROUP = 6
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_SCIENTIFIC = re.compile(r"(?<![0-9.,])[0-9]+(?:[.,][0-9]*)?e[+-]?[0-9]{1,2}(?![0-9])", re.IGNORECASE)
_ZEROS = re.compile("[.,]0+(?![0-9])")
_JOINT = rf"(?:[^\w\s{REDACTED}]|_)"
"""Sign by which the digits beside it belong to one number."""
_JOINT_IN_A_SEGMENT = rf"(?:[^\w\s/{REDACTED}]|_)"
_BEFORE_TELEPHONE = re.compile(r"(?:\+|\b00 ?|\b(?:tel|fax|kom)\w{0,6}[.:]{0,2} ?)\(?$", re.IGNORECASE)
_OF_TELEPHONE = "4812"
"""Country code and area code of Kraków: no other Polish telephone number has the digits of a past day of birth."""
# UUIDs and digests: one in thousands contains eleven digits that are valid by chance.
_MADE_BY_PROGRAMS = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12,}(?![0-9a-z])", re.IGNORECASE
)
Span = tuple[int, int]


def holds_personal_number(text: str) -> bool:
    """Whether a text contains eleven digits that are a valid PESEL (day of birth and check digit)."""
    if text.isascii() and _SHAPED.search(text) is None and "  " not in text and text.isprintable():
        return False
    return any(_find_spans(normalise_digits(text)))


def holds_digits_of_personal_number(identifier: str) -> bool:
    """Whether any eleven digits in a row are a valid PESEL, in a longer number as well: for ids that programs make."""
    runs = (found[0] for found in _RUN.finditer(identifier))
    return any(is_personal_number(run[start : start + 11]) for run in runs for start in range(len(run) - 10))


def is_personal_number(digits: str) -> bool:
    """Whether eleven ASCII digits are a PESEL of somebody born from 1900 until today, with a valid check digit."""
    if sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 10:
        return False
    added, month = divmod(int(digits[2:4]), 20)
    century = _CENTURIES.get(added * 20)
    if century is None:
        return False
    try:
        return date(century + int(digits[:2]), month, int(digits[4:6])) <= datetime.now(WARSAW).date()
    except ValueError:
        return False


def redact_personal_numbers(path: str) -> str:
    """Replace each segment of a path that contains a PESEL, alone or together with adjacent segments, by "…"."""
    parts = path.split("/")
    plain = [normalise_digits(part).replace("/", REDACTED) for part in parts]
    whole = "/".join(plain)
    if _SHAPED.search(whole) is None:
        return path
    starts = list(accumulate((len(part) + 1 for part in plain), initial=0))
    spans = list(_find_spans(whole, path=True))
    for index, part in enumerate(plain):
        first, end = starts[index], starts[index] + len(part)
        if any(start < end and stop > first for start, stop in spans) and any(map(str.isdigit, part)):
            parts[index] = REDACTED
    return "/".join(parts)


def mask_personal_numbers(text: str) -> str:
    """Replace each PESEL in a text by "…". A text with one is returned with its digits and blanks normalised."""
    if not holds_personal_number(text):
        return text
    plain = normalise_digits(text)
    masked, last = "", 0
    for start, stop in sorted(_find_spans(plain)):
        masked += plain[last:start] + (REDACTED if stop > last else "")
        last = max(last, stop)
    return masked + plain[last:]


def _find_spans(plain: str, *, path: bool = False) -> Iterator[Span]:
    """Yield where a normalised text has a PESEL. In a ``path``, what stands in another segment is another number."""
    if _SHAPED.search(plain) is None:
        return
    valid = [found for found in _BIRTH.finditer(_NO_DIGITS.sub("", plain)) if is_personal_number(found[1])]
    if not valid:
        return
    made = [found.span() for found in _MADE_BY_PROGRAMS.finditer(plain)] if len(plain) > _NEAR else []
    places = [place for place, character in enumerate(plain) if "0" <= character <= "9"]
    for found in valid:
        span = places[found.start()], places[found.start() + 10] + 1
        if not _overlaps(span, made) and _Digits(plain, span, path=path).form_a_number(found[1]):
            yield span


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    """Whether a span overlaps one of ``others``, which are in order."""
    before = bisect_left(others, span[1], key=lambda one: one[0]) - 1
    return before >= 0 and others[before][1] > span[0]


class _Digits:
    """Eleven digits of a normalised text, with the signs between and beside them."""

    def __init__(self, plain: str, span: Span, *, path: bool) -> None:
        start, stop = span
        self._text = plain[start:stop]
        self._before, self._after = plain[max(0, start - _NEAR) : start], plain[stop : stop + _NEAR]
        self._path = path
        self._joint = _JOINT_IN_A_SEGMENT if path else _JOINT

    def form_a_number(self, digits: str) -> bool:
        """Whether they are a number of their own, written as people group a PESEL, and no telephone number."""
        if digits.startswith(_OF_TELEPHONE) and _BEFORE_TELEPHONE.search(self._before):
            return False
        if self._before[-1:].isdigit() or self._after[:1].isdigit():
            return self._is_scientific(digits)
        return self._text == digits or self._is_grouped() or self._is_scientific(digits)

    def _is_grouped(self) -> bool:
        if self._goes_on(self._joint):
            return False
        if _DATED.fullmatch(self._text):
            return _TIME.match(self._text) is None
        if _AS_THOUSANDS.fullmatch(self._text):
            # No number grouped by blanks continues so: the number of a row or a page may precede.
            return re.match(" ?[0-9]", self._after) is None
        found = _SAME_SIGN.fullmatch(self._text)
        if found is not None and not found["gap"].isspace():
            goes_on = not self._path and self._goes_on(re.escape(found["gap"]))
            return _is_usual(self._text.split(found["gap"]), found["gap"]) and not goes_on
        if set(self._text) <= set("0123456789 "):
            return re.search("[0-9]{7}", self._text) is None and not self._goes_on(" ")
        return _BY_DIGITS.fullmatch(self._text) is not None

    def _goes_on(self, sign: str) -> bool:
        """Whether more digits stand beside a sign before or after; the decimals of a spreadsheet are none."""
        if re.search(rf"[0-9]{sign}$", self._before):
            return True
        return _ZEROS.match(self._after) is None and re.match(rf"{sign}[0-9]", self._after) is not None

    def _is_scientific(self, digits: str) -> bool:
        near = self._before + self._text + self._after
        return any(_whole_digits(found[0]) == digits for found in _SCIENTIFIC.finditer(near))


def _is_usual(groups: Sequence[str], gap: str) -> bool:
    """Whether people group a PESEL so: in threes or single digits, else not as a list, a date or another number."""
    sizes = tuple(map(len, groups))
    if set(sizes) == {1} or sizes in ((2, 3, 3, 3), (3, 3, 3, 2)):
        return True
    if "," in gap or ";" in gap:
        return False
    if _COMMON_SIGNS.fullmatch(gap) is None:
        return True
    # A run of seven digits is another number, such as a NIP or a REGON.
    return all(len(group) <= _LONGEST_GROUP and _YEAR.fullmatch(group) is None for group in groups)


def _whole_digits(number: str) -> str | None:
    """Digits of a number in scientific notation, if it is a whole one of eleven."""
    value = Decimal(number.replace(",", "."))
    return f"{value:.0f}" if value.adjusted() == 10 and value == value.to_integral_value() else None
