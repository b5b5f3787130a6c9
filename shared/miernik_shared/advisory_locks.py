"""Advisory locks, released at the end of the transaction."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

# Waits for the lock of (kind, key) and returns nothing; two keys with the same hash share a lock.
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("kind")), func.hashtext(bindparam("key"))))


async def lock_key(connection: AsyncConnection, kind: str, key: str) -> None:
    """Serialize the writers of one key.

    Rows of fact tables cannot be locked instead: that needs the right to update them, which the service's role lacks.
    """
    await connection.execute(_LOCK, {"kind": kind, "key": key})
