"""Headers that the proxy forwards in each direction."""

from collections.abc import Iterable

_FORWARDED_TO_SERVICE = frozenset(
    (
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"prefer",
    )
)
_NOT_FORWARDED_TO_CLIENT = frozenset(
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


def select_request_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Select the request headers to forward to the service. The client's API key is not among them."""
    return [(name, value) for name, value in headers if name in _FORWARDED_TO_SERVICE]


def select_response_headers(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Select the response headers to forward: all but hop-by-hop headers and those internal to Miernik."""
    lowered = [(name.lower(), value) for name, value in headers]
    hop_by_hop = {
        word.strip() for name, value in lowered if name == b"connection" for word in value.lower().split(b",")
    }
    return [(name, value) for name, value in lowered if name not in _NOT_FORWARDED_TO_CLIENT and name not in hop_by_hop]
