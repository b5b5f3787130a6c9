"""API keys: ``mk_`` and 43 random characters, of which only the SHA-256 is stored.

A fast unsalted hash is sufficient: slow, salted password hashes protect secrets that can be guessed, and a key of 256
random bits cannot. It must be fast, since it is computed for every request.
"""

import hashlib
import re
import secrets

_KEY = re.compile(r"mk_[A-Za-z0-9_-]{43}")


def generate_key() -> str:
    """Generate a new key of 256 random bits."""
    return f"mk_{secrets.token_urlsafe(32)}"


def digest_key(key: str) -> bytes:
    """Compute the digest under which a key is stored."""
    return hashlib.sha256(key.encode()).digest()


def digest_header(authorization: bytes) -> bytes:
    """Compute the cache key of a whole ``Authorization`` header, so that no API key remains in memory."""
    return hashlib.sha256(authorization).digest()


def digest_bearer_key(authorization: str | None) -> bytes | None:
    """Compute the digest of the key in an ``Authorization`` header. None if the header has no well-formed key."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not _KEY.fullmatch(key):
        return None
    return digest_key(key)
