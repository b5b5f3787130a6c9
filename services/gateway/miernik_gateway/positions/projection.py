"""The projection ``topic_positions``: each feed's last position by topic, in the database and in memory."""

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
"""What passes through this gateway is known from the answers. Only news from elsewhere waits, and it comes in fewer
transactions, which would otherwise cost the process that serves the readers as much as passing the writes on."""


class TopicPositions:
    """Positions of one service's feed on their way into the table and into memory.

    Events of a page are gathered first and written by one statement, so that catching up costs no round trip per event.
    """

    def __init__(self, service: str, known: KnownPositions) -> None:
        self._service = service
        self._known = known
        self._gathered: dict[str, int] = {}

    async def gather(self, _: AsyncConnection, event: Event) -> None:
        """Notes the topics that an event touches."""
        for family in event.families:
            for topic in raised_topics(family):
                self._gathered[topic] = event.position

    async def settle(self, connection: AsyncConnection) -> None:
        """Writes what was gathered, then takes the table's state into memory.

        A commit that fails afterwards does no harm: the positions are true, and the events will come again.
        """
        gathered, self._gathered = self._gathered, {}
        if gathered:
            await self._write(connection, gathered)
        rows = await connection.execute(
            select(topic_position.c.family, topic_position.c.position).where(topic_position.c.service == self._service)
        )
        positions = {row.family: row.position for row in rows}
        self._known.learn_topics(self._service, positions, await self._cursor(connection))

    async def _write(self, connection: AsyncConnection, gathered: dict[str, int]) -> None:
        rows = [
            {"service": self._service, "family": topic, "position": position}
            for topic, position in sorted(gathered.items())
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


def follow(client: ServiceClient, engine: AsyncEngine, known: KnownPositions) -> Follower:
    """The follower of one service's feed."""
    positions = TopicPositions(client.provider, known)
    return Follower(
        PROJECTION.name,
        client,
        engine,
        tables.change_log,
        positions.gather,
        advanced=positions.settle,
        rest_seconds=REST_SECONDS,
    )
