"""API keys: ``mk_`` and 43 random characters, of which only the SHA-256 is stored.

A plain fast hash is right here: the secret has 256 random bits, so there is no list of likely secrets to try against
a stolen table, which is what slow and salted password hashes are for. It must be fast, since every request pays it.
"""

import hashlib
import re
import secrets

_SHAPE = re.compile(r"mk_[A-Za-z0-9_-]{43}")


def new_key() -> str:
    """A key that nobody has: 256 random bits."""
    return f"mk_{secrets.token_urlsafe(32)}"


def key_digest(key: str) -> bytes:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).digest()


def header_digest(authorization: bytes) -> bytes:
    """Under which a whole ``Authorization`` header is remembered, so that no key stays in memory."""
    return hashlib.sha256(authorization).digest()


def bearer_digest(authorization: str | None) -> bytes | None:
    """Digest of the key in an ``Authorization`` header; None where the header holds no key."""
    scheme, _, key = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not _SHAPE.fullmatch(key):
        return None
    return key_digest(key)
