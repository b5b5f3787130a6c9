"""What a spreadsheet makes of codes that it takes for dates, and how to find the code again."""

import re
from collections.abc import Collection, Iterator, Sequence

_POLISH_MONTHS = ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru")
_NAMED_MONTH = re.compile(r"([0-9]{1,2})[.\- ]([a-zź]{3})(?:[.\- ][0-9]{2,4})?")
_ISO = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[ t]00:00:00)?")
_POLISH = re.compile(r"(?P<day>[0-9]{2})\.(?P<month>[0-9]{2})\.(?P<year>[0-9]{4})")


def restored_codes(words: Sequence[str], known: Collection[str]) -> dict[str, str]:
    """Known codes by the unknown words that they became: ``07.sty`` or ``2011-01-07`` was ``7.1``, ``07.02.2001`` was
    ``7.2.1``. Only codes that exist are offered."""
    found = {word: _known(word, known) for word in words if word not in known}
    return {word: code for word, code in found.items() if code is not None}


def _known(word: str, known: Collection[str]) -> str | None:
    return next((code for code in _undated(word) if code in known), None)


def _undated(word: str) -> Iterator[str]:
    """What the word may have been, the likeliest first."""
    text = word.strip().lower()
    if match := _NAMED_MONTH.fullmatch(text):
        day, month = match.groups()
        if month in _POLISH_MONTHS:
            yield f"{int(day)}.{_POLISH_MONTHS.index(month) + 1}"
    if match := _ISO.fullmatch(text) or _POLISH.fullmatch(text):
        day, month, year = int(match["day"]), int(match["month"]), int(match["year"])
        # A third part of one or two digits was taken for a year of this century.
        if 2000 < year < 2100:
            yield f"{day}.{month}.{year - 2000}"
        yield f"{day}.{month}"
