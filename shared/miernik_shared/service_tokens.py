"""Service tokens: proof for another service of who calls and on whose behalf (JWT, Ed25519, valid 60 seconds)."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, ConfigDict, Field

from miernik_shared.problems import Problem

ALGORITHM = "Ed25519"
LIFETIME_SECONDS = 60
CLOCK_SKEW_SECONDS = 5
"""How far the clock of an issuer may be ahead."""
_REMEMBERED_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """Caller of a request: a client of the gateway, or a service on its own behalf.

    With ``region`` it may read the data of all units; otherwise only those of ``units`` (public ids).
    """

    issuer: str
    client: str
    scopes: frozenset[str]
    region: bool = False
    units: tuple[str, ...] = ()

    def claims(self) -> dict[str, Any]:
        """Claims of a token for this caller."""
        return {"sub": self.client, "scope": sorted(self.scopes), "region": self.region, "units": list(self.units)}


class Signer(Protocol):
    """Source of the ``Authorization`` values of calls to other services."""

    def authorization(self, audience: str, caller: Caller) -> str:
        """Value of the ``Authorization`` header for one audience."""
        ...


class TokenSigner:
    """Signer with the service's own key. A token is reused for half of its lifetime."""

    def __init__(self, issuer: str, signing_key: Mapping[str, Any]) -> None:
        self.issuer = issuer
        self._key = OKPKey.import_key(dict(signing_key))
        self._tokens: OrderedDict[tuple[str, Caller], tuple[float, str]] = OrderedDict()

    def authorization(self, audience: str, caller: Caller) -> str:
        """Header value ``Bearer <token>`` for one audience."""
        now = time.time()
        issued = self._tokens.get((audience, caller))
        if issued is None or issued[0] < now - LIFETIME_SECONDS / 2:
            issued = (now, self._sign(audience, caller, int(now)))
            self._tokens[(audience, caller)] = issued
            if len(self._tokens) > _REMEMBERED_TOKENS:
                self._tokens.popitem(last=False)
        return f"Bearer {issued[1]}"

    def _sign(self, audience: str, caller: Caller, now: int) -> str:
        claims = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + LIFETIME_SECONDS, **caller.claims()}
        return jwt.encode({"alg": ALGORITHM, "kid": self.issuer}, claims, self._key, algorithms=[ALGORITHM])


class TokenVerifier:
    """Verifier of the signature, audience, age and all claims of tokens.

    ``allowed`` is the callee's own list of scopes by issuer; other scopes of a token are ignored.
    """

    def __init__(self, audience: str, trusted_keys: Mapping[str, Any], allowed: Mapping[str, frozenset[str]]) -> None:
        keys = [key for key in trusted_keys["keys"] if key["kid"] in allowed]
        self._audience = audience
        self._allowed = allowed
        self._keys = KeySet.import_key_set({"keys": keys})
        self._known: OrderedDict[str, tuple[int, Caller]] = OrderedDict()

    def caller(self, authorization: str | None) -> Caller:
        """Caller authenticated by an ``Authorization`` header. Raises 401 if it is missing or invalid."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem(401, "credentials_missing", headers={"WWW-Authenticate": "Bearer"})
        known = self._known.get(token)
        if known is None:
            known = self._verify(token)
            self._known[token] = known
            if len(self._known) > _REMEMBERED_TOKENS:
                self._known.popitem(last=False)
        if known[0] <= time.time():
            raise _credentials_refused()
        return known[1]

    def _verify(self, token: str) -> tuple[int, Caller]:
        try:
            decoded = jwt.decode(token, self._keys, algorithms=[ALGORITHM])
            claims = _Claims.model_validate(decoded.claims)
        except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            # Not only the library's own errors: it reads the header before it knows whether the token is signed.
            raise _credentials_refused() from error
        if claims.iss != decoded.header.get("kid") or claims.aud != self._audience or not claims.are_timely():
            raise _credentials_refused()
        scopes = frozenset(claims.scope) & self._allowed[claims.iss]
        return claims.exp, Caller(claims.iss, claims.sub, scopes, claims.region, tuple(claims.units))


class _Claims(BaseModel):
    """Claims of a token, all of them required and of one type each. Unknown ones are ignored."""

    model_config = ConfigDict(strict=True)

    iss: str
    aud: str
    sub: str = Field(min_length=1)
    iat: int
    exp: int
    nbf: int | None = None
    scope: list[str]
    region: bool
    units: list[str]

    def are_timely(self) -> bool:
        """Whether the token is valid already and not for longer than an issuer makes it."""
        latest = time.time() + CLOCK_SKEW_SECONDS
        begins = max(self.iat, self.nbf or self.iat)
        return begins <= latest and self.iat < self.exp <= self.iat + LIFETIME_SECONDS


def _credentials_refused() -> Problem:
    return Problem(401, "credentials_refused", headers={"WWW-Authenticate": "Bearer"})
