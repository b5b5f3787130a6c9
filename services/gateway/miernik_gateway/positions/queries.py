"""Queries and statements on topic positions and the cursors of the feeds."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_gateway.positions.models import topic_position
from miernik_gateway.tables import tables


async def select_positions(connection: AsyncConnection, service: str) -> dict[str, int]:
    """Select the last position of every topic of one service."""
    query = select(topic_position.c.family, topic_position.c.position).where(topic_position.c.service == service)
    return {row.family: row.position for row in await connection.execute(query)}


async def raise_positions(connection: AsyncConnection, service: str, positions: Mapping[str, int]) -> None:
    """Insert or raise the positions of topics of one service. A greater stored position is left unchanged."""
    rows = [
        {"service": service, "family": topic, "position": position} for topic, position in sorted(positions.items())
    ]
    new = insert(topic_position).values(rows)
    greatest = func.greatest(topic_position.c.position, new.excluded.position)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["service", "family"], set_={"position": greatest})
    )


async def select_cursor(connection: AsyncConnection, projection: str, service: str) -> int:
    """Select the position up to which a projection has applied the feed of one service."""
    cursor = tables.change_log.cursor
    query = select(cursor.c.position).where(cursor.c.projection == projection, cursor.c.source == service)
    return (await connection.execute(query)).scalar_one()
