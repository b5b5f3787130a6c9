"""The system under test: an embedded PostgreSQL with default settings (fsync on), gateway and indicators as processes.

The services run as the local launcher runs them. Each installation has a database of its own, a copy of a template
that was migrated and filled once; peers get a database on the same server.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg
from psycopg import sql
from rich.progress import Progress
from tests.bench.memory import peak_mib

from miernik_local.demo import migrate_all
from miernik_local.demo_clients import OFFICER_SCOPES
from miernik_local.first_run import wait_until_ready
from miernik_local.keys import SigningKeys, signing_keys
from miernik_local.ports import free_port, held_listeners
from miernik_local.postgres import Cluster
from miernik_local.processes import PREFERRED_PORTS, part_commands, part_environment, part_url, ports_of, run_operation
from miernik_local.provision import (
    DatabaseUrls,
    database_urls,
    make_roles_and_schemas,
    new_role_passwords,
    provision,
    with_database,
)
from miernik_local.supervisor import Command, Supervisor

MEASURED = ("indicators", "gateway")
PEERS = "peers"


@dataclass
class Server:
    """The running server with its databases."""

    superuser_url: str
    passwords: Mapping[str, str]
    keys: SigningKeys
    directory: Path
    officer_keys: dict[str, str] = field(default_factory=dict)
    """Key of the officer by database; a copy has that of its template."""

    @property
    def peers_url(self) -> str:
        """A superuser's address of the peers' database."""
        return with_database(self.superuser_url, PEERS)

    def create(self, name: str) -> None:
        """An empty database with roles, schemas and tables, and one officer who may do everything."""
        urls = provision(self.superuser_url, self.passwords, name)
        migrate_all(urls)
        ports = dict.fromkeys(PREFERRED_PORTS, 1)
        arguments = ["create-client", "--name", "officer", "--region"]
        arguments += [word for scope in OFFICER_SCOPES for word in ("--scope", scope)]
        answer = run_operation("gateway", arguments, part_environment("gateway", urls, self.keys, ports))
        self.officer_keys[name] = json.loads(answer)["key"]

    def copy(self, template: str, name: str) -> None:
        """A copy of a database that nobody is connected to; whatever had the name before is dropped."""
        self.drop(name)
        copied = sql.SQL("create database {} template {} strategy file_copy")
        self.run(copied.format(sql.Identifier(name), sql.Identifier(template)))
        # A copy has the schemas with their grants, but not the grants on the database itself.
        make_roles_and_schemas(with_database(self.superuser_url, name), {})
        self.officer_keys[name] = self.officer_keys[template]

    def drop(self, name: str) -> None:
        self.run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def run(self, statement: sql.Composed | str, database: str = "postgres") -> None:
        """One statement outside a transaction, as the superuser."""
        url = with_database(self.superuser_url, database)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def urls(self, name: str) -> DatabaseUrls:
        return database_urls(self.superuser_url, self.passwords, name)

    def settle(self) -> None:
        """A checkpoint, so that nobody pays for what was written before his turn."""
        self.run("checkpoint")


@dataclass(frozen=True)
class Installation:
    """Running services on one database."""

    gateway_port: int
    officer_key: str
    superuser_url: str
    pids: Mapping[str, int]

    def peak_mib(self) -> dict[str, float]:
        """Peak resident memory of each process since its start."""
        return {part: peak_mib(pid) for part, pid in self.pids.items()}


@contextmanager
def running_server(directory: Path) -> Generator[Server]:
    with Cluster(directory / "postgres") as cluster:
        server = Server(cluster.url(), new_role_passwords(), signing_keys(directory / "keys.json"), directory)
        server.run(sql.SQL("create database {}").format(sql.Identifier(PEERS)))
        yield server


@contextmanager
def running_services(
    server: Server,
    database: str,
    replaced: Mapping[str, Command] | None = None,
    parts: Collection[str] = MEASURED,
) -> Generator[Installation]:
    """Some parts (gateway and indicators) on a database. `replaced` gives other arguments for a part, by name."""
    urls = server.urls(database)
    with held_listeners({name: free_port() for name in PREFERRED_PORTS}) as listeners:
        ports = ports_of(listeners)
        commands = [command for command in part_commands(urls, server.keys, listeners) if command.name in parts]
        commands = [_replaced(command, (replaced or {}).get(command.name)) for command in commands]
        with Supervisor(commands, server.directory / "logs" / database) as supervisor:
            wait_until_ready(ports, Progress(disable=True), parts)
            pids = {child.command.name: child.pid for child in supervisor.children if child.pid}
            yield Installation(ports["gateway"], server.officer_keys[database], urls.superuser, pids)


def _replaced(command: Command, other: Command | None) -> Command:
    if other is None:
        return command
    factory = f"miernik_{command.name}.app:create_app"
    arguments = [other.arguments[0] if word == factory else word for word in command.arguments]
    return replace(command, arguments=arguments, environment={**command.environment, **other.environment})


def gateway_url(installation: Installation) -> str:
    return part_url({"gateway": installation.gateway_port}, "gateway")
