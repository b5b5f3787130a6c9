"""Days and instants in requests and responses: ISO 8601 text only.

Pydantic alone also accepts a number as seconds since 1970, so that ``as_of=0`` would be a day.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INSTANT = re.compile(rf"{_DAY.pattern}[Tt ].+", re.ASCII | re.DOTALL)


def _require_day(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise PydanticKnownError("date_type")


def _require_instant(value: Any) -> Any:
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise PydanticKnownError("datetime_type")


Day = Annotated[date, BeforeValidator(_require_day)]
"""Calendar day, ``2011-06-30``. Anything else is rejected as ``field_invalid``."""
Instant = Annotated[datetime, BeforeValidator(_require_instant)]
"""Instant, ``2011-06-30T10:00:00Z``; a day alone is rejected."""
