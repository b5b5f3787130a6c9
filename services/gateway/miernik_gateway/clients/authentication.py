"""Authentication by API key, with a cache of two seconds in front of the database."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from miernik_gateway.clients.keys import digest_bearer_key, digest_header
from miernik_gateway.clients.queries import FoundKey
from miernik_shared.problems import Problem
from miernik_shared.service_tokens import Caller

CACHED_SECONDS = 2.0
_MAX_CACHED_KEYS = 10_000

FindKey = Callable[[bytes], Awaitable[FoundKey | None]]
"""Function that looks up a usable key by its digest."""


def access_class(caller: Caller) -> str:
    """Return the cache class of a caller: callers of one class see the same data, the region's or the same units'."""
    return "region" if caller.region else ",".join(sorted(caller.units))


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Authenticated key, cached until ``until`` (monotonic seconds)."""

    caller: Caller
    access: str
    until: float


class KnownKeys:
    """Cache of authenticated keys.

    :meth:`forget` is called when the gateway's change log has grown, so that a revoked key is refused at once where the
    notification arrives, and within two seconds elsewhere.
    """

    def __init__(self, find: FindKey, now: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._now = now
        self._known: dict[bytes, KnownKey] = {}
        self._generation = 0

    def recall(self, authorization: bytes) -> KnownKey | None:
        """Return the key in an ``Authorization`` header if it is cached, without a look-up."""
        known = self._known.get(digest_header(authorization))
        return known if known is not None and known.until > self._now() else None

    async def authenticate(self, authorization: str | None) -> KnownKey:
        """Return the key in an ``Authorization`` header. Raises a 401 problem."""
        if not authorization:
            raise Problem(401, "credentials_missing", headers={"WWW-Authenticate": "Bearer"})
        return self.recall(authorization.encode("latin-1")) or await self.authenticate_anew(authorization)

    async def authenticate_anew(self, authorization: str) -> KnownKey:
        """Return the key as the database has it now: a revocation that was not heard of yet counts. Raises 401."""
        known = await self._look_up(authorization)
        if known is None:
            raise Problem(401, "credentials_refused", headers={"WWW-Authenticate": "Bearer"})
        return known

    def forget(self) -> None:
        """Clear the cache. The result of a look-up in progress will not be cached either."""
        self._known.clear()
        self._generation += 1

    async def _look_up(self, authorization: str) -> KnownKey | None:
        digest = digest_bearer_key(authorization)
        generation, started = self._generation, self._now()
        found = await self._find(digest) if digest else None
        if found is None:
            return None
        lifetime = CACHED_SECONDS if found.seconds_left is None else min(CACHED_SECONDS, found.seconds_left)
        known = KnownKey(found.caller, access_class(found.caller), started + lifetime)
        if generation == self._generation:
            if len(self._known) >= _MAX_CACHED_KEYS:
                self._known.clear()
            self._known[digest_header(authorization.encode("latin-1"))] = known
        return known


async def client_of(keys: KnownKeys, request: Request) -> KnownKey:
    """Authenticate the client of a request, whose id is then logged with the request. Raises a 401 problem."""
    key = await keys.authenticate(request.headers.get("authorization"))
    request.state.client = key.caller.client
    return key


def require_scope(caller: Caller, scope: str) -> None:
    """Raise a 403 problem if the caller lacks the scope."""
    if scope not in caller.scopes:
        raise Problem(403, "scope_missing", {"scope": scope})
