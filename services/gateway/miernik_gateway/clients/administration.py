"""Creation and revocation of clients and keys, each recorded in the change log in the caller's transaction.

The log contains neither a key nor its digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_gateway.clients import queries
from miernik_gateway.clients.keys import digest_key, generate_key
from miernik_shared.changelog.record import Change, Origin, record
from miernik_shared.identifiers import new_id
from miernik_shared.request_context import current_request_id

FAMILY = "clients"


class UnknownClientOrKeyError(LookupError):
    """Client or key that does not exist or is already revoked."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """Name and rights of a new client: scopes, and either the whole region or the listed units."""

    name: str
    scopes: Sequence[str]
    region: bool
    units: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """New key with its secret ``key``, of which only the digest is stored."""

    client_id: UUID
    key_id: UUID
    key: str


async def create_client(connection: AsyncConnection, new: NewClient, expires_at: datetime | None = None) -> IssuedKey:
    """Create a client with its first key. Raises ``IntegrityError`` for a client with both the region and units."""
    client_id = new_id()
    values: dict[str, Any] = {
        "name": new.name,
        "scopes": sorted(set(new.scopes)),
        "region": new.region,
        "units": list(new.units),
    }
    await queries.insert_client(connection, {"id": client_id, **values})
    issued = await _issue_key(connection, client_id, expires_at)
    event_data = {**values, "units": [str(unit) for unit in new.units], "key_id": str(issued.key_id)}
    await _record_change(connection, "client.created", client_id, event_data)
    return issued


async def create_key(connection: AsyncConnection, client_id: UUID, expires_at: datetime | None = None) -> IssuedKey:
    """Create another key for a client, as for key rotation without downtime. Raises ``UnknownClientOrKeyError``."""
    if not await queries.lock_active_client(connection, client_id):
        raise UnknownClientOrKeyError(client_id)
    issued = await _issue_key(connection, client_id, expires_at)
    await _record_change(connection, "key.created", client_id, {"key_id": str(issued.key_id)})
    return issued


async def revoke_key(connection: AsyncConnection, key_id: UUID) -> None:
    """Revoke one key. Raises ``UnknownClientOrKeyError``."""
    client_id = await queries.revoke_key(connection, key_id)
    if client_id is None:
        raise UnknownClientOrKeyError(key_id)
    await _record_change(connection, "key.revoked", client_id, {"key_id": str(key_id)})


async def revoke_client(connection: AsyncConnection, client_id: UUID) -> None:
    """Revoke a client with all its keys. Raises ``UnknownClientOrKeyError``."""
    if not await queries.deactivate_client(connection, client_id):
        raise UnknownClientOrKeyError(client_id)
    await _record_change(connection, "client.revoked", client_id, {})


async def _issue_key(connection: AsyncConnection, client_id: UUID, expires_at: datetime | None) -> IssuedKey:
    issued = IssuedKey(client_id, new_id(), generate_key())
    values = {
        "id": issued.key_id,
        "client_id": client_id,
        "secret_sha256": digest_key(issued.key),
        "expires_at": expires_at,
    }
    await queries.insert_key(connection, values)
    return issued


async def _record_change(connection: AsyncConnection, action: str, client_id: UUID, data: dict[str, Any]) -> None:
    change = Change(action, f"clients/{client_id}", (FAMILY,), data, after=data)
    await record(connection, Origin("operator", current_request_id()), change)
