"""Projection ``topic_positions``: the last position of each topic in each feed, in the database and in memory."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miernik_gateway.positions import queries
from miernik_gateway.positions.known import KnownPositions
from miernik_gateway.positions.models import topic_position
from miernik_gateway.positions.topics import raised_topics
from miernik_gateway.tables import tables
from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.follower import Follower
from miernik_shared.changelog.rebuild import Projection
from miernik_shared.service_client import ServiceClient

PROJECTION = Projection("topic_positions", (topic_position,))
REST_SECONDS = 0.05
"""Pause between fetches.

Writes through this gateway are known from their responses, so the pause delays only changes made elsewhere. Without
it, a transaction per event would cost this process as much as forwarding the writes.
"""


class TopicPositions:
    """Event handler that stores the positions of one service's feed in the table and in memory.

    The events of a page are collected first and stored by one statement, instead of one round trip per event.
    """

    def __init__(self, service: str, known: KnownPositions) -> None:
        self._service = service
        self._known = known
        self._collected: dict[str, int] = {}

    async def collect_topics(self, _: AsyncConnection, event: Event) -> None:
        """Collect the topics that an event changes."""
        for family in event.families:
            for topic in raised_topics(family):
                self._collected[topic] = event.position

    async def store_positions(self, connection: AsyncConnection) -> None:
        """Store the collected positions, then load the state of the table into memory.

        A failed commit afterwards is harmless: the positions are correct, and the events will be delivered again.
        """
        collected, self._collected = self._collected, {}
        if collected:
            await queries.raise_positions(connection, self._service, collected)
        positions = await queries.select_positions(connection, self._service)
        followed = await queries.select_cursor(connection, PROJECTION.name, self._service)
        self._known.record_projection(self._service, positions, followed)


def create_follower(client: ServiceClient, engine: AsyncEngine, known: KnownPositions) -> Follower:
    """Create the follower of one service's feed."""
    positions = TopicPositions(client.provider, known)
    return Follower(
        PROJECTION.name,
        client,
        engine,
        tables.change_log,
        positions.collect_topics,
        advanced=positions.store_positions,
        rest_seconds=REST_SECONDS,
    )
