"""Positions known to this process, in memory.

They have two sources: the followers of the feeds, in order and without gaps, and the responses to writes through this
gateway, recorded before the client receives them. Positions never decrease.
"""

import asyncio
from collections.abc import Iterable, Mapping

from miernik_gateway.positions.topics import EVERYTHING, raised_topics

Topic = tuple[str, str]
"""Service and topic."""


class KnownPositions:
    """Last known position of each topic, and the position up to which each feed was followed."""

    def __init__(self) -> None:
        self.version = 0
        """Number of changes so far: a validation made at one version need not be repeated at the same."""
        self._topics: dict[Topic, int] = {}
        self._followed: dict[str, int] = {}
        self._waiters: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    def of(self, topic: Topic) -> int:
        """Return the last known position at which a topic changed. 0 if none is known."""
        return self._topics.get(topic, 0)

    def followed(self, service: str) -> int:
        """Return the position up to which every change of the service is known.

        The response to a write does not raise it: the changes before that write may not have arrived yet.
        """
        return self._followed.get(service, 0)

    def record_change(self, service: str, position: int, families: Iterable[str]) -> None:
        """Record a change at ``position`` of the given families."""
        for family in families:
            for topic in raised_topics(family):
                self._raise((service, topic), position)

    def record_unnamed_change(self, service: str, position: int) -> None:
        """Record a change of unknown families, which invalidates everything older than ``position``."""
        self._raise((service, EVERYTHING), position)

    def record_projection(self, service: str, positions: Mapping[str, int], followed: int) -> None:
        """Record the state of the projection: positions by topic, complete up to ``followed``."""
        for topic, position in positions.items():
            self._raise((service, topic), position)
        if followed > self._followed.get(service, 0):
            self._followed[service] = followed
            self.version += 1
            self._wake(service)

    async def wait(self, service: str, position: int, seconds: float) -> bool:
        """Wait until the service was followed up to ``position``. False after a time-out."""
        if self.followed(service) >= position:
            return True
        waiters = self._waiters.setdefault(service, [])
        waiter = (position, asyncio.get_running_loop().create_future())
        waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter[1]
            return True
        except TimeoutError:
            return False
        finally:
            waiters.remove(waiter)

    def _raise(self, topic: Topic, position: int) -> None:
        if position > self._topics.get(topic, 0):
            self._topics[topic] = position
            self.version += 1

    def _wake(self, service: str) -> None:
        for position, future in self._waiters.get(service, ()):
            if position <= self._followed[service] and not future.done():
                future.set_result(None)
