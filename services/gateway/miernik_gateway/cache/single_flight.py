"""One build per key at a time: whoever misses while it runs waits for it instead of building the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from miernik_gateway.positions.known import Topic

T = TypeVar("T")
Needed = Mapping[Topic, int]
"""What was known when someone asked: the body must be read from a snapshot that holds it."""


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    needed: Needed

    def covers(self, needed: Needed) -> bool:
        return all(self.needed.get(topic, 0) >= position for topic, position in needed.items())


class Flights(Generic[T]):
    """Running builds by key.

    A build reads a snapshot that is taken after it began, so it holds everything that was known by then. Someone who
    needs more than that (a write was acknowledged after the build began) must not be given its result and starts a
    build of their own, which takes the place of the older one for those who come later.
    """

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight[T]] = {}

    async def result(self, key: Hashable, needed: Needed, build: Callable[[], Awaitable[T]]) -> T:
        """The result of a build that began when ``needed`` was known. A build that fails, fails for all its waiters."""
        flight = self._flights.get(key)
        if flight is None or not flight.covers(needed):
            flight = self._start(key, needed, build)
        # Shielded: a reader who goes away does not take the build from the others.
        return await asyncio.shield(flight.task)

    def _start(self, key: Hashable, needed: Needed, build: Callable[[], Awaitable[T]]) -> _Flight[T]:
        async def run() -> T:
            return await build()

        flight = _Flight(asyncio.create_task(run()), dict(needed))
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._land(key, flight, task))
        return flight

    def _land(self, key: Hashable, flight: _Flight[T], task: asyncio.Task[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # marks it as seen, in case every waiter has gone
