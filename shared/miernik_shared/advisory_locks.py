"""Advisory locks that end with the transaction."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

# Waits for the lock of a kind and a key; two keys with one hash share their lock.
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("kind")), func.hashtext(bindparam("key"))))


async def lock_key(connection: AsyncConnection, kind: str, key: str) -> None:
    """Serialize the writers of one key. Rows of facts cannot be locked: the role has no right to update them."""
    await connection.execute(_LOCK, {"kind": kind, "key": key})
