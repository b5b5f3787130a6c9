"""HTTP responses from cached bodies: identity or gzip, ``200`` or ``304``."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from miernik_shared.web.entity_tags import parse_entity_tags

Encoding = Literal["identity", "gzip"]
Headers = list[tuple[bytes, bytes]]
_GZIP_LEVEL = 6
_VARY = b"Authorization, Accept-Language, Accept-Encoding"


@dataclass(frozen=True, slots=True)
class Variant:
    """Body in one content encoding, with its strong entity tag and the headers that are the same in every response."""

    content: bytes
    etag: str
    headers: Headers
    headers_if_unchanged: Headers

    @classmethod
    def of(cls, body: bytes, encoding: Encoding, language: str) -> "Variant":
        """Encode a body. Deterministic: every process gives the same bytes, hence the same entity tag."""
        content = body if encoding == "identity" else gzip.compress(body, _GZIP_LEVEL, mtime=0)
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        unchanged = [(b"etag", etag.encode()), (b"cache-control", b"private, no-cache"), (b"vary", _VARY)]
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"content-language", language.encode()),
            *unchanged,
        ]
        if encoding != "identity":
            headers.append((b"content-encoding", encoding.encode()))
        return cls(content, etag, headers, unchanged)

    def answer(self, if_none_match: str | None, *more: tuple[bytes, bytes]) -> tuple[int, Headers, bytes]:
        """Return status, headers (including ``more``) and content: ``304`` if the reader's tag matches."""
        if if_none_match is not None and _names_tag(if_none_match, self.etag):
            return 304, [*self.headers_if_unchanged, *more], b""
        return 200, [*self.headers, *more], self.content


@lru_cache(maxsize=256)
def accepted_encoding(accept_encoding: str) -> Encoding:
    """Return ``gzip`` if the reader accepts it (RFC 9110, 12.5.3), else ``identity``."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            return "identity"
    return "gzip" if weights.get("gzip", weights.get("*", 0.0)) > 0 else "identity"


def _names_tag(if_none_match: str, etag: str) -> bool:
    """Check whether an ``If-None-Match`` header matches the tag; a malformed one does not, so the body is sent."""
    if if_none_match == etag:
        return True
    try:
        return parse_entity_tags(if_none_match).match_weakly(etag)
    except ValueError:
        return False
