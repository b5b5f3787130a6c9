"""Days and instants in requests and responses: ISO 8601 text only.

Pydantic alone also accepts a number as seconds since 1970, so that ``as_of=0`` would be a day.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError, PydanticKnownError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TWO_DIGIT_YEAR = re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}", re.ASCII)
_SWAPPED = re.compile(r"[0-9]{4}-(?:1[3-9]|2[0-9]|3[01])-(?:0[1-9]|1[0-2])", re.ASCII)
_INSTANT = re.compile(rf"{_DAY.pattern}[Tt ].+", re.ASCII | re.DOTALL)


def _require_day(value: Any) -> Any:
    if isinstance(value, str):
        return _require_day_text(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticKnownError("date_type")


def _require_day_text(text: str) -> str:
    if _TWO_DIGIT_YEAR.fullmatch(text):
        raise PydanticCustomError("day_two_digit_year", "a year of four digits is expected")
    if _SWAPPED.fullmatch(text):
        raise PydanticCustomError("day_swapped", "year, month and day are expected in this order")
    if not _DAY.fullmatch(text):
        raise PydanticKnownError("date_type")
    return text


def _require_instant(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise PydanticKnownError("datetime_type")


Day = Annotated[date, BeforeValidator(_require_day)]
"""Calendar day, ``2011-06-30``. Anything else is rejected as ``field_invalid``."""
Instant = Annotated[datetime, BeforeValidator(_require_instant)]
"""Instant, ``2011-06-30T10:00:00Z``; a day alone is rejected."""
