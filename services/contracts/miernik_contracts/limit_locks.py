"""Shared/exclusive advisory lock between signing agreements and changing allocations, rates or decisions.

A limit may change between its read and the commit. Signings hold the lock shared; a change of a limit takes it
exclusively. So a signing recorded after a change has read the changed limit.
"""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

_LIMITS = (func.hashtext("limits"), 0)


async def lock_limits_shared(connection: AsyncConnection) -> None:
    """Blocks changes of limits until the transaction ends. Call it before reading limits."""
    await connection.execute(select(func.pg_advisory_xact_lock_shared(*_LIMITS)))


async def lock_limits_exclusive(connection: AsyncConnection) -> None:
    """Waits for signings in progress; blocks signings and other changes of limits until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(*_LIMITS)))
