"""What passes through in either direction."""

from collections.abc import Iterable

_TO_THE_SERVICE = frozenset(
    (
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"content-disposition",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"prefer",
    )
)
_STAYS_BEHIND = frozenset(
    (
        b"connection",
        b"date",
        b"keep-alive",
        b"miernik-families",
        b"proxy-authenticate",
        b"proxy-connection",
        b"server",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-request-id",
    )
)
Headers = list[tuple[bytes, bytes]]


def to_the_service(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The client's headers that a service may see. The client's own key is not among them."""
    return [(name, value) for name, value in headers if name in _TO_THE_SERVICE]


def to_the_client(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The service's headers but those of its connection and those that only parts of Miernik read."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {word.strip() for name, value in lowered if name == b"connection" for word in value.lower().split(b",")}
    return [(name, value) for name, value in lowered if name not in _STAYS_BEHIND and name not in named]
