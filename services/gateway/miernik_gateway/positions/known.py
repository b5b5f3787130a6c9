"""The positions that this process knows, in memory.

Two sources raise them: the followers of the feeds, in order and without gaps, and the answers to writes that pass
through this gateway, at once and before the client sees them. Positions never fall.
"""

import asyncio
from collections.abc import Iterable, Mapping

from miernik_gateway.positions.topics import EVERYTHING, raised_topics

Topic = tuple[str, str]
"""Service and topic."""


class KnownPositions:
    """Positions by topic, and how far each feed was followed."""

    def __init__(self) -> None:
        self.version = 0
        """Counts the changes: what was judged at a version need not be judged again at the same."""
        self._topics: dict[Topic, int] = {}
        self._followed: dict[str, int] = {}
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}

    def of(self, topic: Topic) -> int:
        """The last known position at which something changed under a topic; 0 if nothing is known."""
        return self._topics.get(topic, 0)

    def followed(self, service: str) -> int:
        """The position up to which every change of the service is known. A write's answer does not move it: the
        changes before that write may not have arrived yet."""
        return self._followed.get(service, 0)

    def learn(self, service: str, position: int, families: Iterable[str]) -> None:
        """One change: its families were touched at this position."""
        for family in families:
            for topic in raised_topics(family):
                self._raise((service, topic), position)

    def learn_unnamed(self, service: str, position: int) -> None:
        """A change up to this position whose families are not known: nothing older is to be trusted."""
        self._raise((service, EVERYTHING), position)

    def learn_topics(self, service: str, positions: Mapping[str, int], followed: int) -> None:
        """The state of the projection: positions by topic, complete up to ``followed``."""
        for topic, position in positions.items():
            self._raise((service, topic), position)
        if followed > self._followed.get(service, 0):
            self._followed[service] = followed
            self.version += 1
            self._wake(service)

    async def wait(self, service: str, position: int, seconds: float) -> bool:
        """Waits until the service was followed up to a position. False when the time is over."""
        if self.followed(service) >= position:
            return True
        waiting = self._waiting.setdefault(service, [])
        arrived = (position, asyncio.get_running_loop().create_future())
        waiting.append(arrived)
        try:
            async with asyncio.timeout(seconds):
                await arrived[1]
            return True
        except TimeoutError:
            return False
        finally:
            waiting.remove(arrived)

    def _raise(self, topic: Topic, position: int) -> None:
        if position > self._topics.get(topic, 0):
            self._topics[topic] = position
            self.version += 1

    def _wake(self, service: str) -> None:
        for position, future in self._waiting.get(service, ()):
            if position <= self._followed[service] and not future.done():
                future.set_result(None)
