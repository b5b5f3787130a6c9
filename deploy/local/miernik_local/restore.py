"""`miernik restore`: a backup becomes the database, and the former database is kept beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import text

from miernik_local.administered_database import AdministeredDatabase
from miernik_local.postgres_programs import PostgresFailed, run_client_program
from miernik_local.provision import SERVICES, create_database, make_roles_and_schemas
from miernik_shared.changelog.verify import AuditResult, verify_chain
from miernik_shared.database import create_engine

_EXISTS = "select exists (select from pg_database where datname = %s)"
_SESSIONS = """
    select count(*), string_agg(distinct coalesce(usename, backend_type), ', ') from pg_stat_activity
    where datname = %s and pid <> pg_backend_pid()
"""


class RestoreRefused(RuntimeError):
    """The backup was not put in place of the database, which is as it was."""


@dataclass(frozen=True)
class Restored:
    """Name of the database that was replaced, if there was one, and the last position of each service."""

    former: str | None
    positions: dict[str, int]


def restore_backup(database: AdministeredDatabase, file: Path) -> Restored:
    """Load a backup beside the database, verify its chains of changes, then exchange the two by name.

    Nobody may use the database meanwhile; until the exchange it is unchanged. Roles that are missing are made where
    their passwords are known. Raises RestoreRefused, PostgresFailed, psycopg.Error.
    """
    _require_backup(file)
    _require_no_sessions(database)
    draft = f"{database.name}_restoring"
    _drop(database, draft)
    create_database(database.at("postgres"), draft)
    try:
        _load(database.at(draft), file, database.role_passwords)
        positions = _verify(database.at(draft))
        return Restored(_exchange(database, draft), positions)
    finally:
        _drop(database, draft)


def _require_backup(file: Path) -> None:
    try:
        content = run_client_program("pg_restore", ["--list", str(file)])
    except PostgresFailed as error:
        raise RestoreRefused(f"{file} is not a backup, or is incomplete: {error}") from error
    missing = [service for service in SERVICES if f" TABLE {service} change " not in content]
    if missing:
        raise RestoreRefused(f"{file} is a dump of another database: it has no schema {', '.join(missing)}")


def _require_no_sessions(database: AdministeredDatabase) -> None:
    with psycopg.connect(database.at("postgres")) as connection:
        number, users = connection.execute(_SESSIONS, [database.name]).fetchone() or (0, "")
    if number:
        raise RestoreRefused(f"the database is in use by {users} ({number} sessions): stop the services first")


def _load(url: str, file: Path, passwords: Mapping[str, str]) -> None:
    """Load into an empty database. The roles come first, their rights on the database itself are in no dump."""
    make_roles_and_schemas(url, passwords)
    with psycopg.connect(url) as connection:
        for service in SERVICES:
            connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(service)))
    run_client_program("pg_restore", ["--exit-on-error", "--single-transaction", str(file)], url)


def _verify(url: str) -> dict[str, int]:
    results = asyncio.run(_verify_chains(url))
    broken = {service: result for service, result in results.items() if not result.whole}
    if broken:
        faults = [f"{service}: {result.fault} at {result.fault_position}" for service, result in broken.items()]
        raise RestoreRefused(f"the chain of changes in the backup is broken: {'; '.join(faults)}")
    return {service: result.position for service, result in results.items()}


async def _verify_chains(url: str) -> dict[str, AuditResult]:
    """Verify with the administrator's role, since a service's role has a password that may be unknown here."""
    engine = create_engine(url, 1, 0)
    results: dict[str, AuditResult] = {}
    try:
        async with engine.connect() as connection:
            for service in SERVICES:
                await connection.execute(text(f"set local search_path to {service}"))
                results[service] = await verify_chain(connection)
    finally:
        await engine.dispose()
    return results


def _exchange(database: AdministeredDatabase, draft: str) -> str | None:
    """Give the restored database its name; return the name under which the former one is kept."""
    former = f"{database.name}_before_{datetime.now(UTC):%Y%m%d_%H%M%S}"
    rename = sql.SQL("alter database {} rename to {}")
    with psycopg.connect(database.at("postgres")) as connection:
        exists = connection.execute(_EXISTS, [database.name]).fetchone() == (True,)
        if exists:
            connection.execute(rename.format(sql.Identifier(database.name), sql.Identifier(former)))
        connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(database.name)))
    return former if exists else None


def _drop(database: AdministeredDatabase, name: str) -> None:
    with psycopg.connect(database.at("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
