"""Header lines of a request: those of a list are combined (RFC 9110, 5.3), any other repeated header is refused."""

from collections import Counter
from email.message import Message

from starlette.datastructures import Headers

from miernik_shared.problems import FieldError, Problem

_SINGLE = {
    b"authorization": "Authorization",
    b"content-encoding": "Content-Encoding",
    b"content-length": "Content-Length",
    b"content-type": "Content-Type",
    b"idempotency-key": "Idempotency-Key",
}
"""Headers with one value, by their name in ASGI."""


def refuse_repeated_headers(headers: list[tuple[bytes, bytes]]) -> None:
    """Raise 400 if a header that has one value occurs twice: neither the first nor the last one is guessed."""
    lines = Counter(name for name, _ in headers)
    errors = [
        FieldError(f"/headers/{name}", "header_repeated", {"header": name})
        for key, name in _SINGLE.items()
        if lines[key] > 1
    ]
    if errors:
        raise Problem(400, "header_repeated", errors[0].params, errors)
    for name, value in headers:
        if name == b"content-type" and value.count(b";") > 1:
            _refuse_repeated_parameter(value.decode("latin-1"))


def _refuse_repeated_parameter(content_type: str) -> None:
    """Raise 400 for a media type with two charsets, of which one is not that of the body."""
    header = Message()
    header["content-type"] = content_type
    names = Counter(name.lower() for name, _ in header.get_params([])[1:])
    if repeated := next((name for name, count in names.items() if count > 1), None):
        params = {"parameter": repeated}
        error = FieldError("/headers/Content-Type", "media_type_parameter_repeated", params)
        raise Problem(400, "media_type_parameter_repeated", params, [error])


def combine_header(headers: Headers, name: str) -> str | None:
    """Value of a header that is a list: its lines, joined by commas in their order; ``None`` without any."""
    values = headers.getlist(name)
    return ", ".join(values) if values else None
