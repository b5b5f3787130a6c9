"""Conversion of a ``known_at`` instant to a position of the log."""

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miernik_shared.changelog.tables import ChangeLogTables
from miernik_shared.problems import Problem


async def position_known_at(engine: AsyncEngine, tables: ChangeLogTables, instant: datetime) -> int:
    """Greatest position recorded by ``instant``.

    Waits for the transaction that is writing, so that an instant always gives the same position. Raises 422 for an
    instant in the future, and for one before the first change: missing knowledge must not be rendered as zeros.
    """
    async with engine.begin() as connection:
        await connection.execute(text("select settle_head()"))
        await _refuse_the_future(connection, instant)
        change = tables.change
        query = (
            select(change.c.position)
            .where(change.c.at <= instant)
            .order_by(change.c.at.desc(), change.c.position.desc())
        )
        position = (await connection.execute(query.limit(1))).scalar_one_or_none()
        if position is None:
            first = (await connection.execute(select(func.min(change.c.at)))).scalar_one()
            raise Problem(422, "known_at_before_first_change", {"first": first.isoformat() if first else "–"})
        return position


async def _refuse_the_future(connection: AsyncConnection, instant: datetime) -> None:
    now = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    if instant > now:
        raise Problem(422, "known_at_in_the_future", {"now": now.isoformat()})
