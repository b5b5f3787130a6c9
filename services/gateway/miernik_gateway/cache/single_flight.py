"""Single-flight: one build per key at a time, whose result all concurrent readers share."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from miernik_gateway.positions.known import Topic

T = TypeVar("T")
Needed = Mapping[Topic, int]
"""Positions known when a reader arrived: the result must be read from a snapshot that includes them."""


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    needed: Needed

    def covers(self, needed: Needed) -> bool:
        return all(self.needed.get(topic, 0) >= position for topic, position in needed.items())


class SingleFlight(Generic[T]):
    """Running builds by key.

    A build reads a snapshot taken after it began, which includes everything known by then. A reader who needs more than
    that (a write was acknowledged after the build began) must not get its result: a new build is started, which
    replaces the older one for later readers.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}

    async def result(self, key: Hashable, needed: Needed, build: Callable[[], Awaitable[T]]) -> T:
        """Return the result of a build that began when ``needed`` was known. A build that fails, fails for all."""
        flight = self._flights.get(key)
        if flight is None or not flight.covers(needed):
            flight = self._start(key, needed, build)
        # Shielded: a reader who disconnects does not cancel the build for the others.
        return await asyncio.shield(flight.task)

    def _start(self, key: Hashable, needed: Needed, build: Callable[[], Awaitable[T]]) -> _Flight[T]:
        async def run() -> T:
            return await build()

        flight = _Flight(asyncio.create_task(run()), dict(needed))
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._finish(key, flight, task))
        return flight

    def _finish(self, key: Hashable, flight: _Flight[T], task: asyncio.Task[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # marks it as retrieved, in case every reader has gone
