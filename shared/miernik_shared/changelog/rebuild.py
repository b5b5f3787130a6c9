"""Reset of a projection, after which its follower builds it again from the first event."""

from dataclasses import dataclass

from sqlalchemy import Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.changelog.tables import ChangeLogTables


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that one follower writes, in an order in which they can be emptied."""

    name: str
    tables: tuple[Table, ...]


async def reset_projection(connection: AsyncConnection, change_log: ChangeLogTables, projection: Projection) -> None:
    """Lock the cursors, empty the tables and set the cursors to 0, all in the caller's transaction."""
    cursor = change_log.cursor
    mine = cursor.c.projection == projection.name
    await connection.execute(select(cursor.c.position).where(mine).with_for_update())
    for table in projection.tables:
        await connection.execute(delete(table))
    await connection.execute(update(cursor).where(mine).values(position=0, failed_position=None, failure=None))
