"""Places for requests under way, by kind of work, with a share of them for each client.

Without shares one client with 200 long polls, or as many half-sent uploads, takes all connections from everybody else.
Reads, uploads and polls have places of their own, so that a crowd of one kind does not keep the others waiting.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from miernik_shared.problems import Problem

_RETRY = {"Retry-After": "1"}


@dataclass(slots=True)
class Places:
    """Places for requests of one kind. ``share`` is the largest number that one client has at a time.

    A request waits up to ``patience`` seconds for a place: an integrator that opens more connections than its share is
    served more slowly, not refused.
    """

    total: int
    share: int
    patience: float
    _taken: Counter[str] = field(default_factory=Counter[str], init=False)
    _freed: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)

    @asynccontextmanager
    async def take(self, client: str) -> AsyncGenerator[None]:
        """Occupy a place for the block. Raises 429 if the client's share is taken, 503 if all places are."""
        await self._wait_for_place(client)
        self._taken[client] += 1
        try:
            yield
        finally:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]
            await asyncio.shield(self._announce())

    async def _wait_for_place(self, client: str) -> None:
        if self._is_free(client):
            return
        try:
            async with asyncio.timeout(self.patience), self._freed:
                await self._freed.wait_for(lambda: self._is_free(client))
        except TimeoutError as error:
            raise self._refusal(client) from error

    def _is_free(self, client: str) -> bool:
        return self._taken[client] < self.share and self._taken.total() < self.total

    def _refusal(self, client: str) -> Problem:
        if self._taken[client] >= self.share:
            return Problem(429, "too_many_at_once", {"share": str(self.share)}, headers=_RETRY)
        return Problem(503, "all_places_taken", headers=_RETRY)

    async def _announce(self) -> None:
        async with self._freed:
            self._freed.notify_all()


@dataclass(frozen=True, slots=True)
class PlacesByKind:
    """Places of each kind of work: answers to reads, bodies and answers of writes, waiting readers of feeds."""

    reads: Places = field(default_factory=lambda: Places(total=120, share=24, patience=10.0))
    writes: Places = field(default_factory=lambda: Places(total=60, share=12, patience=10.0))
    polls: Places = field(default_factory=lambda: Places(total=400, share=40, patience=0.5))
