"""Recognising a PESEL in a text, as people and spreadsheets write it, and leaving it out of what is told.

Eleven digits in one run are one by their date and check digit, whatever stands around them. In groups they also have to
stand alone: contracts, accounts and amounts are longer numbers that have eleven such digits within.
"""

import re

from stdnum.pl import pesel

REDACTED = "…"
"""Stands where something is not repeated."""
_DASHES = "‐-―−-"
_GAP = rf"[\s./{_DASHES}]+"
_DATED = rf"(?:[0-9]{{6}}|[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}){_GAP}[0-9]{{5}}"
# As a spreadsheet groups thousands, or from the beginning; the same sign throughout, so that decimals are none of it.
_IN_THREES = "|".join(
    rf"[0-9]{{2}}(?:{sign}[0-9]{{3}}){{3}}|(?:[0-9]{{3}}{sign}){{3}}[0-9]{{2}}"
    for sign in (r"\.", ",", "'", "/", f"[{_DASHES}]")
)
_BY_BLANKS = r"[0-9](?:\s*[0-9]){10}"
SHAPE = f"{_DATED}|{_IN_THREES}|{_BY_BLANKS}"
"""What a text with a PESEL has somewhere. It looks at nothing around, as the search in tables cannot."""
_SHAPED = re.compile(SHAPE)

_JOINT = f"./,'{_DASHES}"
_WHOLE = re.compile(r"(?<![0-9])[0-9]{11}(?![0-9])")
# A blank ends it, since numbers of rows and of pages stand beside it.
_BY_DATE = re.compile(rf"(?<![0-9])(?<![0-9][{_JOINT}]){_DATED}(?![{_JOINT}]?[0-9])")
# Two digits before threes go on with no number that blanks group, so that a blank begins it too.
_BY_THREES = re.compile(rf"(?<![0-9])(?<![0-9][{_JOINT}])[0-9]{{2}}(?: [0-9]{{3}}){{3}}(?![ {_JOINT}]?[0-9])")
# Blanks group these, so a blank does not end them; a spreadsheet's decimals do. Seven digits on end are another number.
_BY_SIZE = re.compile(
    rf"(?<![0-9])(?<![0-9][ {_JOINT}])(?:{_IN_THREES}|(?![0-9 ]*[0-9]{{7}}){_BY_BLANKS})"
    rf"(?:(?=[.,]0{{1,2}}(?![0-9]))|(?![ {_JOINT}]?[0-9]))"
)
# One in thousands of UUIDs and digests has eleven digits on end that would do.
_MADE_BY_PROGRAMS = re.compile(
    r"(?<![0-9a-z])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12,}(?![0-9a-z])", re.IGNORECASE
)
_MOST_GROUPS = 4
"""Where slashes group it."""


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
    """The path as it may be told: "…" for each of its parts that holds one, alone or with those beside it."""
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
