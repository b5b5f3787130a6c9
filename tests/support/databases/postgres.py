"""The PostgreSQL server that tests run against, and fresh databases on it.

Which server, in this order: the one of TEST_DATABASE_URL (a superuser's address of a server that may be thrown away:
roles get known passwords), a container where a Docker engine answers, the embedded one.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from miernik_local.postgres import Cluster
from miernik_local.provision import (
    PARTS,
    SERVICES,
    DatabaseUrls,
    create_database,
    database_urls,
    make_roles_and_schemas,
    provision,
    with_database,
)

IMAGE = "postgres:18"
# Commits stay synchronous, so that what waits for a commit in production waits in tests; the disk does not.
# A connection that a cancelled task left half-open holds up CREATE and DROP DATABASE until it is given up: a minute.
PARAMETERS = {
    "fsync": "off", "synchronous_commit": "on", "max_connections": "200", "authentication_timeout": "5s",
}  # fmt: skip
DOCKER_TIMEOUT = 2  # seconds
MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's file system in memory; containers have 64 MB of it, or none
ROOM = 6 * 1024**3  # bytes: two servers beside each other have taken at most a third of it
ROLE_PASSWORDS = {f"{service}_{part}": f"test-{service}-{part}" for service in SERVICES for part in PARTS}


@dataclass(frozen=True)
class ServerChoice:
    """Chosen server and the reason, for the report's header."""

    kind: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.reason})"


@dataclass
class PostgresServer:
    """A running server. Databases are made from a template that was migrated once."""

    choice: ServerChoice
    superuser_url: str
    template: str | None = field(default=None)


def choose_server() -> ServerChoice:
    if os.environ.get("TEST_DATABASE_URL"):
        return ServerChoice("given server", "TEST_DATABASE_URL")
    if _docker_answers():
        return ServerChoice(f"container {IMAGE}", "a Docker engine answers")
    return ServerChoice("embedded PostgreSQL 18", "no TEST_DATABASE_URL, no Docker engine")


def _docker_answers() -> bool:
    """Detect an engine without Docker's client, which leaks a socket if nobody listens and so fails a later test."""
    scheme, _, place = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").partition("://")
    host, _, port = place.partition(":")
    family, address = (socket.AF_UNIX, place) if scheme == "unix" else (socket.AF_INET, (host, int(port or 2375)))
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(DOCKER_TIMEOUT)
        try:
            connection.connect(address)
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in connection.recv(32)
        except OSError:
            return False


@contextmanager
def running_server(choice: ServerChoice) -> Generator[PostgresServer]:
    """The chosen server, for the length of the block; the embedded one where the container does not come up."""
    with ExitStack() as stack:
        if choice.kind == "given server":
            server = PostgresServer(choice, os.environ["TEST_DATABASE_URL"])
        elif choice.kind.startswith("container"):
            server = _container_or_embedded(stack, choice)
        else:
            server = PostgresServer(choice, stack.enter_context(_embedded_server()))
        try:
            yield server
        finally:
            if server.template is not None:
                _drop(server.superuser_url, server.template)


def _container_or_embedded(stack: ExitStack, choice: ServerChoice) -> PostgresServer:
    """Start a container, else the embedded server: an engine may answer and yet not reach the image's registry."""
    try:
        return PostgresServer(choice, stack.enter_context(_container()))
    except Exception as error:  # whatever it is, the embedded server does not need it
        reason = f"the container did not start: {error}"
        return PostgresServer(ServerChoice("embedded PostgreSQL 18", reason), stack.enter_context(_embedded_server()))


@contextmanager
def _container() -> Generator[str]:
    # The container ends with this block; the reaper for processes that are killed would be a second image to fetch.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.community.postgres import PostgresContainer  # only here: the other servers need none of it

    settings = " ".join(f"-c {name}={value}" for name, value in PARAMETERS.items())
    with PostgresContainer(IMAGE, driver=None).with_command(f"postgres {settings}") as container:
        yield container.get_connection_url()


@contextmanager
def _embedded_server() -> Generator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="miernik-test-", dir=roomy_memory()) as directory,
        Cluster(Path(directory) / "postgres", PARAMETERS) as cluster,
    ):
        yield cluster.url()


def roomy_memory() -> Path | None:
    """Directory in memory for the server's files, or None (the default for temporary files) if it is too small.

    A database for a test is some 640 files: a copy takes 23 ms there and 93 ms on a disk.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        return MEMORY
    return None


def fresh_database(server: PostgresServer, *, migrated: bool = True) -> DatabaseUrls:
    """A new database with roles and schemas; `migrated` ones are copies of a template and take some 50 ms."""
    if not migrated:
        return provision(server.superuser_url, ROLE_PASSWORDS, _new_name())
    if server.template is None:
        server.template = _make_template(server)
    return _copied(server, server.template)


@contextmanager
def copy_of(server: PostgresServer, original: DatabaseUrls) -> Generator[DatabaseUrls]:
    """A copy of a database that nobody is connected to, for the length of the block."""
    urls = _copied(server, _name_of(original))
    try:
        yield urls
    finally:
        drop_database(server, urls)


def drop_database(server: PostgresServer, urls: DatabaseUrls) -> None:
    """Drop a database, with whatever is still connected to it."""
    _drop(server.superuser_url, _name_of(urls))


def _name_of(urls: DatabaseUrls) -> str:
    return urls.superuser.rpartition("/")[2]


def _new_name() -> str:
    return f"test_{uuid4().hex}"


def _make_template(server: PostgresServer) -> str:
    from miernik_shared.migrations import upgrade  # only here: tests of roles need no service

    name = f"test_template_{uuid4().hex}"
    create_database(server.superuser_url, name)
    make_roles_and_schemas(with_database(server.superuser_url, name), ROLE_PASSWORDS)
    for service, url in database_urls(server.superuser_url, ROLE_PASSWORDS, name).owner.items():
        upgrade(service, url)
    # Copying needs a template that nobody is connected to.
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    return name


def _copied(server: PostgresServer, original: str) -> DatabaseUrls:
    name = _new_name()
    # Copying the files takes a sixth of the time of the usual way, which writes every block through the log.
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute(copy.format(sql.Identifier(name), sql.Identifier(original)))
    # A copy has the schemas and their grants, but not the grants on the database itself. Passwords stay as they are.
    make_roles_and_schemas(with_database(server.superuser_url, name), {})
    return database_urls(server.superuser_url, ROLE_PASSWORDS, name)


def _drop(superuser_url: str, name: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
