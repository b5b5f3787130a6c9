"""Command `miernik`: demo, sample data, secrets, and checks of migrations and of the audit chain."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import httpx
import psycopg
import typer
from rich.progress import Progress

from miernik_local.administered_database import administered_database
from miernik_local.audit import verify_audit
from miernik_local.compose_secrets import write_compose_secrets
from miernik_local.demo import run_demo
from miernik_local.demo_clients import OFFICER_SCOPES, add_demo_client
from miernik_local.demo_databases import NoDatabases
from miernik_local.demo_region.sender import LoadFailed
from miernik_local.demo_reset import reset_demo
from miernik_local.demo_state import DEMO_DIRECTORY, command
from miernik_local.doubles import list_doubles
from miernik_local.first_run import NotReady
from miernik_local.migration_check import check_migrations
from miernik_local.ports import NoFreePort
from miernik_local.postgres import ClusterInUse
from miernik_local.postgres_account import NoUnprivilegedAccount
from miernik_local.postgres_programs import PostgresFailed
from miernik_local.private_files import DamagedFile
from miernik_local.processes import PREFERRED_PORTS, OperationFailed

# Errors of the machine or of a service; any other exception is a defect and prints its traceback.
EXPECTED = (
    OperationFailed, PostgresFailed, NoUnprivilegedAccount, NotReady, NoDatabases, LoadFailed, NoFreePort, DamagedFile,
)  # fmt: skip

State = Annotated[Path, typer.Option(help="Directory of the demo's data, keys and logs")]
NamedState = Annotated[Path | None, typer.Option(help="Directory of a demo; by default as below, else .demo")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Where the gateway listens, or the next free one above it")]

app = typer.Typer(help="Miernik on one machine.", no_args_is_help=True, pretty_exceptions_enable=False)
audit = typer.Typer(help="The chain of changes.", no_args_is_help=True)
app.add_typer(audit, name="audit")


@app.command()
def demo(state: State = DEMO_DIRECTORY, port: Port = PREFERRED_PORTS["gateway"]) -> None:
    """Start everything with a sample region and stay until Ctrl-C."""
    try:
        run_demo(state, port)
    except ClusterInUse:
        _fail(f"a demo is running already; Ctrl-C there or {command('demo-reset', state)} stops it")
    except DamagedFile as error:
        _fail(
            f"{error}\n{command('demo-reset', state)} drops the demo with its data; then `make demo` makes a new one."
        )
    except OSError as error:  # a directory that may not be written, a full disk
        _fail(f"{error}")
    except EXPECTED as error:
        _fail(f"{error}\nThe services' output is in {state / 'logs'}.")


@app.command()
def demo_reset(state: State = DEMO_DIRECTORY) -> None:
    """Stop a running demo and drop its data and keys."""
    print("The demo is gone." if reset_demo(state) else "There is no demo here.")


@app.command()
def demo_client(
    name: Annotated[str, typer.Argument(help="Name of the client")],
    scope: Annotated[list[str] | None, typer.Option(help=f"By default {' '.join(OFFICER_SCOPES)}")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Sees only this reporting unit; may be repeated")] = None,
    state: State = DEMO_DIRECTORY,
) -> None:
    """Create another client of the demo, by default with the scopes of an officer, and print its key as JSON."""
    try:
        print(add_demo_client(state, name, scope or [], unit or []), end="")
    except EXPECTED as error:
        _fail(str(error))


@app.command("load-region")
def load(
    gateway_url: Annotated[str, typer.Argument(help="Address of the gateway, such as http://127.0.0.1:8080")],
) -> None:
    """Load the sample region into a running installation, with the key of an officer in MIERNIK_KEY.

    An interrupted load resumes where it stopped.
    """
    key = os.environ.get("MIERNIK_KEY")
    if not key:
        _fail("MIERNIK_KEY is not set: the key of a client that may do everything")
    # Imported here: nothing else needs it, and it brings the region's data with it.
    from miernik_local.demo_region.load import load_region

    try:
        with Progress() as progress:
            load_region(gateway_url, key, progress)
    except (*EXPECTED, httpx.HTTPError) as error:
        _fail(f"{gateway_url}: {error}")


@app.command("compose-secrets")
def compose_secrets() -> None:
    """Create .env with the passwords and keys of docker-compose.yml, unless it exists."""
    written = write_compose_secrets(Path(".env"))
    print("Created .env; keep it, the database passwords are in it." if written else ".env exists and is unchanged.")


@app.command("check-migrations")
def check() -> None:
    """Migrate an empty database and compare it with the models."""
    try:
        for service in check_migrations():
            print(f"{service}: migrations match the models")
    except EXPECTED as error:
        _fail(str(error))


@app.command()
def doubles(state: NamedState = None) -> None:
    """List entities that are stored twice under two spellings of one identifier; exit 1 if there are any.

    In the demo or at MIERNIK_<SERVICE>_DATABASE_URL. Annul those that are listed, and each is listed until then.
    """
    found = False
    try:
        for lines in list_doubles(state):
            print("\n".join(lines))
            found |= len(lines) > 1
    except EXPECTED as error:
        _fail(str(error))
    if found:
        raise typer.Exit(1)


@audit.command()
def verify(state: NamedState = None) -> None:
    """Verify the chain of each service, in the demo or at MIERNIK_<SERVICE>_DATABASE_URL; exit 1 if one is broken."""
    broken = False
    try:
        for verdict in verify_audit(state):
            print(verdict.said)
            broken |= not verdict.whole
    except EXPECTED as error:
        _fail(str(error))
    if broken:
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup; no existing file is replaced")],
    state: State = DEMO_DIRECTORY,
) -> None:
    """Write all schemas as of one moment to a file, of the demo or of the database at MIERNIK_ADMINISTRATOR_URL.

    Services may go on working meanwhile.
    """
    from miernik_local.backup import write_backup

    try:
        with administered_database(state) as database:
            written = write_backup(database, file)
    except (*EXPECTED, psycopg.Error, OSError) as error:
        _fail(f"no backup was written: {error}")
    print(f"{written.file}: {written.size} bytes, as of {written.moment:%Y-%m-%d %H:%M:%S %Z}")
    print(_list_positions(written.positions))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `miernik backup` wrote")],
    state: State = DEMO_DIRECTORY,
) -> None:
    """Put a backup in place of the demo's database, or of the one at MIERNIK_ADMINISTRATOR_URL, which is kept aside.

    Services must be stopped. The chain of changes of the backup is verified before the exchange.
    """
    from miernik_local.restore import RestoreRefused, restore_backup

    try:
        with administered_database(state) as database:
            restored = restore_backup(database, file)
    except (*EXPECTED, RestoreRefused, psycopg.Error, OSError) as error:
        _fail(f"nothing was restored: {error}")
    print(f"Restored, and the chains of changes are whole. {_list_positions(restored.positions)}")
    if restored.former:
        print(f"The former database is kept as {restored.former}; drop it when it is not needed any more.")


def _list_positions(positions: Mapping[str, int]) -> str:
    return "Positions: " + ", ".join(f"{service}={position}" for service, position in positions.items())


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(1)
