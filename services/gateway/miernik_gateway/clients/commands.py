"""Operator commands for clients and keys. They print JSON."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_gateway.clients import administration
from miernik_gateway.clients.administration import IssuedKey, NewClient
from miernik_gateway.clients.queries import notify_gateways, select_clients_with_keys
from miernik_gateway.clients.scopes import SCOPES, explain_unknown_scopes
from miernik_shared.database import create_engine
from miernik_shared.operations import read_setting
from miernik_shared.values.identity import InvisibleCharacterError, shown_text
from miernik_shared.values.personal_numbers import holds_personal_number

T = TypeVar("T")
Expiry = Annotated[datetime | None, typer.Option(help="UTC time at which the key expires")]


def add_client_commands(commands: typer.Typer) -> None:
    """Add ``create-client``, ``create-key``, ``revoke-key``, ``revoke-client`` and ``list-clients``."""
    for command in (create_client, create_key, revoke_key, revoke_client, list_clients):
        commands.command()(command)


def create_client(
    name: Annotated[str, typer.Option(help="Name of the client in the list")],
    scope: Annotated[list[str] | None, typer.Option(help=f"May be repeated; one of {', '.join(SCOPES)}")] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="Grant every scope, as to an officer")] = False,
    region: Annotated[bool, typer.Option("--region", help="Grant access to all units of the region")] = False,
    unit: Annotated[
        list[UUID] | None, typer.Option(help="Grant access to this reporting unit; may be repeated")
    ] = None,
    expires_at: Expiry = None,
) -> None:
    """Create a client with a key. The key is printed only this once."""
    if bool(scope) is all_scopes:
        raise typer.BadParameter("name the scopes by --scope, or all of them by --all-scopes")
    scopes = scope or list(SCOPES)
    if refusal := explain_unknown_scopes(scopes):
        raise typer.BadParameter(refusal)
    if holds_personal_number(name):
        raise typer.BadParameter("a name of a client holds no personal number (PESEL)")
    if region and unit:
        raise typer.BadParameter("a client sees the region or some units, not both")
    new = NewClient(_shown_name(name), scopes, region, unit or [])
    _print_key(_run_transaction(lambda connection: administration.create_client(connection, new, _to_utc(expires_at))))


def create_key(client_id: UUID, expires_at: Expiry = None) -> None:
    """Create another key for a client."""
    _print_key(
        _run_transaction(lambda connection: administration.create_key(connection, client_id, _to_utc(expires_at)))
    )


def revoke_key(key_id: UUID) -> None:
    """Revoke a key."""
    _run_transaction(lambda connection: administration.revoke_key(connection, key_id))
    _print({"key_id": str(key_id), "revoked": True})


def revoke_client(client_id: UUID) -> None:
    """Revoke a client with all its keys."""
    _run_transaction(lambda connection: administration.revoke_client(connection, client_id))
    _print({"client_id": str(client_id), "revoked": True})


def list_clients() -> None:
    """List clients and the ids of their keys."""
    clients: dict[UUID, dict[str, Any]] = {}
    for row in _run_transaction(select_clients_with_keys):
        fields = {"client_id": row.id, "name": row.name, "scopes": row.scopes, "region": row.region}
        entry = clients.setdefault(row.id, {**fields, "units": row.units, "active": row.active, "keys": []})
        if row.key_id:
            key = {"key_id": row.key_id, "expires_at": row.expires_at, "revoked_at": row.revoked_at}
            entry["keys"].append(key)
    _print(list(clients.values()))


def _shown_name(name: str) -> str:
    try:
        shown = shown_text(name)
    except InvisibleCharacterError as error:
        raise typer.BadParameter(f"the name has an invisible character: {error}") from error
    if not shown:
        raise typer.BadParameter("the name is empty")
    return shown


def _to_utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else datetime.fromisoformat(f"{instant.isoformat()}+00:00")


def _print_key(issued: IssuedKey) -> None:
    _print({"client_id": str(issued.client_id), "key_id": str(issued.key_id), "key": issued.key})


def _print(answer: Any) -> None:
    typer.echo(orjson.dumps(answer).decode())


def _run_transaction(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    try:
        return asyncio.run(_run_and_notify(work))
    except administration.UnknownClientOrKeyError as error:
        raise typer.BadParameter(f"unknown, or revoked before: {error}") from error


async def _run_and_notify(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    engine = create_engine(read_setting("MIERNIK_DATABASE_URL"), 1, 0)
    try:
        async with engine.begin() as connection:
            result = await work(connection)
        async with engine.begin() as connection:
            # After the commit: running gateways drop revoked keys at once instead of when their cache entries expire.
            await notify_gateways(connection)
        return result
    finally:
        await engine.dispose()
