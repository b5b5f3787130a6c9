"""Queries and statements on clients and keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Text, and_, cast, extract, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miernik_gateway.clients.models import api_key, client
from miernik_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class FoundKey:
    """Usable key: its client as a caller and the seconds until it expires, None if it does not."""

    caller: Caller
    seconds_left: float | None


async def find_usable_key(engine: AsyncEngine, digest: bytes) -> FoundKey | None:
    """Return the key with this digest. None if it is unknown, revoked or expired, or its client is not active."""
    query = (
        select(
            client.c.id,
            client.c.scopes,
            client.c.region,
            cast(client.c.units, ARRAY(Text)).label("units"),
            extract("epoch", api_key.c.expires_at - func.now()).label("seconds_left"),
        )
        .join(client, client.c.id == api_key.c.client_id)
        .where(api_key.c.secret_sha256 == digest, client.c.active, _filter_valid_keys())
    )
    async with engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    caller = Caller("gateway", str(row.id), frozenset(row.scopes), row.region, tuple(sorted(row.units)))
    return FoundKey(caller, None if row.seconds_left is None else float(row.seconds_left))


def _filter_valid_keys() -> Any:
    """Return the condition of keys that are neither revoked nor expired."""
    unexpired = or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > func.now())
    return and_(api_key.c.revoked_at.is_(None), unexpired)


async def insert_client(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Insert one row of ``client``."""
    await connection.execute(insert(client).values(values))


async def insert_key(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Insert one row of ``api_key``, which contains the digest and not the key."""
    await connection.execute(insert(api_key).values(values))


async def lock_active_client(connection: AsyncConnection, client_id: UUID) -> bool:
    """Lock a client until the end of the transaction. False if it does not exist or is not active."""
    query = select(client.c.active).where(client.c.id == client_id).with_for_update()
    return bool((await connection.execute(query)).scalar_one_or_none())


async def deactivate_client(connection: AsyncConnection, client_id: UUID) -> bool:
    """Deactivate a client. False if no active client has this id."""
    statement = update(client).where(client.c.id == client_id, client.c.active).values(active=False)
    return (await connection.execute(statement)).rowcount == 1


async def revoke_key(connection: AsyncConnection, key_id: UUID) -> UUID | None:
    """Revoke a key and return the id of its client. None if no unrevoked key has this id."""
    statement = update(api_key).where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
    return (
        await connection.execute(statement.values(revoked_at=func.now()).returning(api_key.c.client_id))
    ).scalar_one_or_none()


async def select_clients_with_keys(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Select one row per client and key in order of creation, and one for a client without keys."""
    query = (
        select(client, api_key.c.id.label("key_id"), api_key.c.expires_at, api_key.c.revoked_at)
        .join(api_key, api_key.c.client_id == client.c.id, isouter=True)
        .order_by(client.c.id, api_key.c.id)
    )
    return (await connection.execute(query)).all()


async def notify_gateways(connection: AsyncConnection) -> None:
    """Notify the running gateways that the change log has grown."""
    await connection.execute(text("select pg_notify('miernik_gateway', '')"))
