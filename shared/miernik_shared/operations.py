"""Command line of a service for its operators: ``python -m miernik_<service> migrate | check-migrations | …``."""

import asyncio
import os

import typer

from miernik_shared import migrations
from miernik_shared.changelog.rebuild import Projection, reset_projection
from miernik_shared.changelog.tables import ChangeLogTables
from miernik_shared.changelog.verify import AuditResult, verify_chain
from miernik_shared.database import create_engine
from miernik_shared.doubles import EXTERNAL_IDS, Double, find_doubles


def service_commands(
    service: str,
    change_log: ChangeLogTables,
    projections: tuple[Projection, ...] = (),
    identifiers: tuple[str, ...] = (),
) -> typer.Typer:
    """Command line of one service. ``identifiers`` are its queries for :func:`~miernik_shared.doubles.find_doubles`."""
    commands = typer.Typer(no_args_is_help=True, add_completion=False)

    @commands.command()
    def migrate() -> None:
        """Migrate the schema to its newest revision (MIERNIK_MIGRATION_DATABASE_URL: the owner's role)."""
        migrations.upgrade(service, read_setting("MIERNIK_MIGRATION_DATABASE_URL"))

    @commands.command()
    def check_migrations() -> None:
        """Exit with an error when models and migrations disagree."""
        migrations.check(service, read_setting("MIERNIK_MIGRATION_DATABASE_URL"))

    @commands.command()
    def verify_audit() -> None:
        """Recompute the hash chain of the change log; exit 1 at the first fault."""
        result = asyncio.run(_verify_chain())
        verdict = "whole" if result.whole else f"BROKEN at {result.fault_position}: {result.fault}"
        typer.echo(f"{service}: {verdict}, {result.position} changes, head {result.head_hash[:16]}")
        raise typer.Exit(0 if result.whole else 1)

    @commands.command()
    def list_doubles() -> None:
        """List the entities whose identifier is another spelling of that of an older one."""
        found = asyncio.run(_find_doubles((EXTERNAL_IDS, *identifiers)))
        for double in found:
            typer.echo(f"{service}: {double}")
        typer.echo(f"{service}: {len(found)} doubles")

    @commands.command()
    def rebuild_projection(name: str) -> None:
        """Empty a projection and reset its cursor to 0; the running service applies all events again."""
        chosen = {projection.name: projection for projection in projections}[name]
        asyncio.run(_reset_projection(change_log, chosen))
        typer.echo(f"{service}: projection {name} starts again from 0")

    return commands


def read_setting(name: str) -> str:
    """Value of an environment variable that a command needs; exit 2 with its name if it is not set."""
    value = os.environ.get(name)
    if not value:
        typer.echo(f"{name} is not set: the command needs it in its environment, as the service has it.", err=True)
        raise typer.Exit(2)
    return value


async def _verify_chain() -> AuditResult:
    engine = create_engine(read_setting("MIERNIK_DATABASE_URL"), 1, 0)
    try:
        async with engine.connect() as connection:
            return await verify_chain(connection)
    finally:
        await engine.dispose()


async def _find_doubles(identifiers: tuple[str, ...]) -> list[Double]:
    engine = create_engine(read_setting("MIERNIK_DATABASE_URL"), 1, 0)
    try:
        async with engine.connect() as connection:
            return await find_doubles(connection, identifiers)
    finally:
        await engine.dispose()


async def _reset_projection(change_log: ChangeLogTables, projection: Projection) -> None:
    engine = create_engine(read_setting("MIERNIK_DATABASE_URL"), 1, 0)
    try:
        async with engine.begin() as connection:
            await reset_projection(connection, change_log, projection)
    finally:
        await engine.dispose()
