"""Creating and revoking clients and keys: each is one transaction that ends with its change in the log.

No change carries a secret or its digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_gateway.clients import queries
from miernik_gateway.clients.keys import key_digest, new_key
from miernik_shared.changelog.record import Change, Origin, record
from miernik_shared.identifiers import new_id
from miernik_shared.request_context import current_request_id

FAMILY = "clients"


class UnknownError(LookupError):
    """There is no such client or key, or it was revoked before."""


@dataclass(frozen=True, slots=True)
class NewClient:
    """What a client may do: scopes, and either the whole region or the units named."""

    name: str
    scopes: Sequence[str]
    region: bool
    units: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. ``key`` is known to nobody but the receiver of this object."""

    client_id: UUID
    key_id: UUID
    key: str


async def create_client(connection: AsyncConnection, new: NewClient, expires_at: datetime | None = None) -> IssuedKey:
    """A client with its first key. Raises ``IntegrityError`` for a client with both the region and units."""
    client_id = new_id()
    values: dict[str, Any] = {
        "name": new.name,
        "scopes": sorted(set(new.scopes)),
        "region": new.region,
        "units": list(new.units),
    }
    await queries.insert_client(connection, {"id": client_id, **values})
    issued = await _issue(connection, client_id, expires_at)
    told = {**values, "units": [str(unit) for unit in new.units], "key_id": str(issued.key_id)}
    await _record(connection, "client.created", client_id, told)
    return issued


async def create_key(connection: AsyncConnection, client_id: UUID, expires_at: datetime | None = None) -> IssuedKey:
    """A further key of a client, so that keys can be exchanged without a pause. Raises ``UnknownError``."""
    if not await queries.client_is_active(connection, client_id):
        raise UnknownError(client_id)
    issued = await _issue(connection, client_id, expires_at)
    await _record(connection, "key.created", client_id, {"key_id": str(issued.key_id)})
    return issued


async def revoke_key(connection: AsyncConnection, key_id: UUID) -> None:
    """Ends one key. Raises ``UnknownError``."""
    client_id = await queries.revoke_key(connection, key_id)
    if client_id is None:
        raise UnknownError(key_id)
    await _record(connection, "key.revoked", client_id, {"key_id": str(key_id)})


async def revoke_client(connection: AsyncConnection, client_id: UUID) -> None:
    """Ends a client with all its keys. Raises ``UnknownError``."""
    if not await queries.deactivate_client(connection, client_id):
        raise UnknownError(client_id)
    await _record(connection, "client.revoked", client_id, {})


async def _issue(connection: AsyncConnection, client_id: UUID, expires_at: datetime | None) -> IssuedKey:
    issued = IssuedKey(client_id, new_id(), new_key())
    values = {
        "id": issued.key_id,
        "client_id": client_id,
        "secret_sha256": key_digest(issued.key),
        "expires_at": expires_at,
    }
    await queries.insert_key(connection, values)
    return issued


async def _record(connection: AsyncConnection, action: str, client_id: UUID, data: dict[str, Any]) -> None:
    change = Change(action, f"clients/{client_id}", (FAMILY,), data, after=data)
    await record(connection, Origin("operator", current_request_id()), change)
