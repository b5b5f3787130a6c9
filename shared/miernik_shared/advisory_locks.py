"""Advisory locks, released at the end of the transaction."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

# Waits for the lock of (kind, key) and returns nothing; two keys with the same hash share a lock.
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("kind")), func.hashtext(bindparam("key"))))

# The same lock, shared: it waits for an exclusive holder only, and an exclusive one waits for it.
_LOCK_SHARED = select(
    func.pg_advisory_xact_lock_shared(func.hashtext(bindparam("kind")), func.hashtext(bindparam("key")))
)


async def lock_key(connection: AsyncConnection, kind: str, key: str) -> None:
    """Serialize the writers of one key.

    Rows of fact tables cannot be locked instead: that needs the right to update them, which the service's role lacks.
    """
    await connection.execute(_LOCK, {"kind": kind, "key": key})


async def lock_key_shared(connection: AsyncConnection, kind: str, key: str) -> None:
    """Hold off the exclusive lock of one key, beside any number of others that hold it shared."""
    await connection.execute(_LOCK_SHARED, {"kind": kind, "key": key})
