"""The id of the request being served, for log lines and for calls to other services."""

import itertools
import secrets
from contextvars import ContextVar

from miernik_shared.values.personal_numbers import holds_personal_number

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_LONGEST = 64
_PROCESS = secrets.token_hex(4)
_count = itertools.count()


def current_request_id() -> str:
    """The current request's id; a new one outside a request."""
    return _request_id.get() or _new_request_id()


def choose_request_id(received: str | None) -> str:
    """The id that the caller sent if it is a plain short word and no PESEL, since it is logged; else a new one."""
    usable = received and len(received) <= _LONGEST and received.replace("-", "").isalnum() and received.isascii()
    return received if usable and received and not holds_personal_number(received) else _new_request_id()


def _new_request_id() -> str:
    """Half of it tells the process, half counts: the answers of a cache are made in the time of a random number."""
    return f"{_PROCESS}{next(_count) & 0xFFFFFFFF:08x}"


def adopt_request_id(received: str | None) -> str:
    """Takes over the caller's id, or a new one, as that of the request being served."""
    request_id = choose_request_id(received)
    _request_id.set(request_id)
    return request_id
