"""Who calls: from an API key to a caller, through a memory of at most two seconds."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request

from miernik_gateway.clients.keys import bearer_digest, header_digest
from miernik_gateway.clients.queries import FoundKey
from miernik_shared.problems import Problem
from miernik_shared.service_tokens import Caller

REMEMBERED_SECONDS = 2.0
_MOST_REMEMBERED = 10_000

FindKey = Callable[[bytes], Awaitable[FoundKey | None]]
"""Looks a digest up in the database."""


def access_class(caller: Caller) -> str:
    """What two callers must share to be given the same bytes: the region, or the same units."""
    return "region" if caller.region else ",".join(sorted(caller.units))


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key that was found usable and is believed until ``until`` (monotonic seconds)."""

    caller: Caller
    access: str
    until: float


class KnownKeys:
    """Keys that were used lately.

    :meth:`forget` is called when the gateway's log has grown, so that a revoked key ends at once where the notification
    arrives, and within two seconds anywhere else.
    """

    def __init__(self, find: FindKey, now: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._now = now
        self._known: dict[bytes, KnownKey] = {}
        self._forgotten = 0

    def recall(self, authorization: bytes) -> KnownKey | None:
        """The key in an ``Authorization`` header if it was checked within the last two seconds."""
        known = self._known.get(header_digest(authorization))
        return known if known is not None and known.until > self._now() else None

    async def authenticate(self, authorization: str | None) -> KnownKey:
        """The key in an ``Authorization`` header. Raises a 401 problem."""
        if not authorization:
            raise Problem(401, "credentials_missing", headers={"WWW-Authenticate": "Bearer"})
        known = self.recall(authorization.encode("latin-1")) or await self._look_up(authorization)
        if known is None:
            raise Problem(401, "credentials_refused", headers={"WWW-Authenticate": "Bearer"})
        return known

    def forget(self) -> None:
        """Drops everything remembered; what is being looked up now will not be remembered either."""
        self._known.clear()
        self._forgotten += 1

    async def _look_up(self, authorization: str) -> KnownKey | None:
        digest = bearer_digest(authorization)
        forgotten, started = self._forgotten, self._now()
        found = await self._find(digest) if digest else None
        if found is None:
            return None
        lifetime = REMEMBERED_SECONDS if found.seconds_left is None else min(REMEMBERED_SECONDS, found.seconds_left)
        known = KnownKey(found.caller, access_class(found.caller), started + lifetime)
        if forgotten == self._forgotten:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[header_digest(authorization.encode("latin-1"))] = known
        return known


async def client_of(keys: KnownKeys, request: Request) -> KnownKey:
    """The key of who sends a request, which its line in the log then names. Raises a 401 problem."""
    key = await keys.authenticate(request.headers.get("authorization"))
    request.state.client = key.caller.client
    return key


def require_scope(caller: Caller, scope: str) -> None:
    """Raises a 403 problem for a caller without the scope."""
    if scope not in caller.scopes:
        raise Problem(403, "scope_missing", {"scope": scope})
