"""Detection and redaction of PESEL numbers in texts, as people and spreadsheets write them.

Eleven consecutive digits are a PESEL if their date and check digit are valid. Grouped digits must also not be part of a
longer number: numbers of contracts and accounts and amounts may contain eleven such digits.
"""

import re

from stdnum.pl import pesel

REDACTED = "…"
"""Replacement of redacted text."""
_DASHES = "‐-―−-"
_GAP = rf"[\s./{_DASHES}]+"
_DATED = rf"(?:[0-9]{{6}}|[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}){_GAP}[0-9]{{5}}"
# Groups of three from the end, as in spreadsheets, or from the beginning; one separator throughout excludes decimals.
_IN_THREES = "|".join(
    rf"[0-9]{{2}}(?:{sign}[0-9]{{3}}){{3}}|(?:[0-9]{{3}}{sign}){{3}}[0-9]{{2}}"
    for sign in (r"\.", ",", "'", "/", f"[{_DASHES}]")
)
_BY_BLANKS = r"[0-9](?:\s*[0-9]){10}"
SHAPE = f"{_DATED}|{_IN_THREES}|{_BY_BLANKS}"
"""Pattern that every text with a PESEL matches. It has no look-around, which polars' regular expressions lack."""
_SHAPED = re.compile(SHAPE)

_JOINT = f"./,'{_DASHES}"
_WHOLE = re.compile(r"(?<![0-9])[0-9]{11}(?![0-9])")
# A blank may follow or precede, since row and page numbers are often next to it.
_BY_DATE = re.compile(rf"(?<![0-9])(?<![0-9][{_JOINT}]){_DATED}(?![{_JOINT}]?[0-9])")
# 2-3-3-3 cannot continue a number grouped by blanks, so a blank may precede it.
_BY_THREES = re.compile(rf"(?<![0-9])(?<![0-9][{_JOINT}])[0-9]{{2}}(?: [0-9]{{3}}){{3}}(?![ {_JOINT}]?[0-9])")
# Grouped by blanks, so no blank may precede or follow; decimals of a spreadsheet (,0 or ,00) may follow. A run of seven
# digits is another number.
_BY_SIZE = re.compile(
    rf"(?<![0-9])(?<![0-9][ {_JOINT}])(?:{_IN_THREES}|(?![0-9 ]*[0-9]{{7}}){_BY_BLANKS})"
    rf"(?:(?=[.,]0{{1,2}}(?![0-9]))|(?![ {_JOINT}]?[0-9]))"
)
# UUIDs and digests: one in thousands contains eleven digits that are valid by chance.
_MADE_BY_PROGRAMS = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12,}(?![0-9a-z])", re.IGNORECASE
)
_MOST_GROUPS = 4
"""Maximum number of path segments that one PESEL may be spread over."""


def holds_personal_number(text: str) -> bool:
    """Whether a text contains eleven digits that are a valid PESEL (date and check digit)."""
    if _SHAPED.search(text) is None:
        return False
    plain = _MADE_BY_PROGRAMS.sub("x", " ".join(text.split()))
    return any(
        pesel.is_valid("".join(filter(str.isdigit, found[0])))
        for written in (_WHOLE, _BY_DATE, _BY_THREES, _BY_SIZE)
        for found in written.finditer(plain)
    )


def redact_personal_numbers(path: str) -> str:
    """Replace each segment of a path that contains a PESEL, alone or together with adjacent segments, by "…"."""
    if _SHAPED.search(path) is None:
        return path
    parts = path.split("/")
    with_digits = [place for place, part in enumerate(parts) if any(map(str.isdigit, part))]
    for groups in range(1, _MOST_GROUPS + 1):
        for start in range(len(with_digits) - groups + 1):
            places = with_digits[start : start + groups]
            if holds_personal_number("/".join(parts[places[0] : places[-1] + 1])):
                for place in places:
                    parts[place] = REDACTED
    return "/".join(parts)
