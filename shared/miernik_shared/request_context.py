"""Id of the request being served, for log lines and for calls to other services."""

import itertools
import secrets
from contextvars import ContextVar

from miernik_shared.values.personal_numbers import holds_digits_of_personal_number, holds_personal_number

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_LONGEST = 64
_PROCESS = secrets.token_hex(4)
_count = itertools.count()


def current_request_id() -> str:
    """Id of the current request; a new one outside a request."""
    return _request_id.get() or _new_request_id()


def choose_request_id(received: str | None) -> str:
    """Id sent by the caller, or a new one if it is not a short ASCII word or contains a PESEL: ids are logged."""
    usable = received and len(received) <= _LONGEST and received.replace("-", "").isalnum() and received.isascii()
    if not usable or not received or holds_personal_number(received) or holds_digits_of_personal_number(received):
        return _new_request_id()
    return received


def _new_request_id() -> str:
    """New id of 16 hexadecimal digits: process and counter. Random digits would be too slow for cached responses."""
    return f"{_PROCESS}{next(_count) & 0xFFFFFFFF:08x}"


def adopt_request_id(received: str | None) -> str:
    """Set the id of the request being served to the caller's, or to a new one, and return it."""
    request_id = choose_request_id(received)
    _request_id.set(request_id)
    return request_id
