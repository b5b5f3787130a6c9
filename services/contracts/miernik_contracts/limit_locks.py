"""Shared/exclusive advisory lock between signing agreements and changing allocations, rates or decisions.

A limit may change between its read and the commit. Signings hold the lock shared; a change of a limit takes it
exclusively. So a signing recorded after a change has read the changed limit.
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.advisory_locks import lock_key, lock_key_shared

_KIND, _ALL = "limits", "all"


async def lock_limits_shared(connection: AsyncConnection) -> None:
    """Block changes of limits until the transaction ends. Call it before reading limits."""
    await lock_key_shared(connection, _KIND, _ALL)


async def lock_limits_exclusive(connection: AsyncConnection) -> None:
    """Wait for signings in progress; block signings and other changes of limits until the transaction ends."""
    await lock_key(connection, _KIND, _ALL)
