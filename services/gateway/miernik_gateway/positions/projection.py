"""Projection ``topic_positions``: the last position of each topic in each feed, in the database and in memory."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

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
"""Pause between fetches. Writes through this gateway are known from their responses, so it delays only changes made
elsewhere. Without the pause, a transaction per event would cost this process as much as forwarding the writes."""


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
            await self._write(connection, collected)
        rows = await connection.execute(
            select(topic_position.c.family, topic_position.c.position).where(topic_position.c.service == self._service)
        )
        positions = {row.family: row.position for row in rows}
        self._known.record_projection(self._service, positions, await self._cursor(connection))

    async def _write(self, connection: AsyncConnection, collected: dict[str, int]) -> None:
        rows = [
            {"service": self._service, "family": topic, "position": position}
            for topic, position in sorted(collected.items())
        ]
        new = insert(topic_position).values(rows)
        greatest = func.greatest(topic_position.c.position, new.excluded.position)
        await connection.execute(
            new.on_conflict_do_update(index_elements=["service", "family"], set_={"position": greatest})
        )

    async def _cursor(self, connection: AsyncConnection) -> int:
        cursor = tables.change_log.cursor
        mine = (cursor.c.projection == PROJECTION.name, cursor.c.source == self._service)
        return (await connection.execute(select(cursor.c.position).where(*mine))).scalar_one()


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
