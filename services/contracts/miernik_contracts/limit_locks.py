"""Whoever promises money and whoever changes what its limits are made of: allocations, rates, decisions.

A limit that was read may be another one by the commit. So those who promise hold the limits, all beside each other, and
those who change them wait for that and hold up whoever comes later: a promise that is recorded after a change knows it.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

_LIMITS = (func.hashtext("limits"), 0)


async def hold_limits(connection: AsyncConnection) -> None:
    """Nothing that limits are made of changes until the transaction ends. To be called before they are read."""
    await connection.execute(select(func.pg_advisory_xact_lock_shared(*_LIMITS)))


async def change_limits(connection: AsyncConnection) -> None:
    """Waits for those who promise money by the present limits, and makes those wait who change them too."""
    await connection.execute(select(func.pg_advisory_xact_lock(*_LIMITS)))
