"""The database with the schemas of all services, as its administrator reaches it for backups and restoring."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from miernik_local.demo_databases import NoDatabases
from miernik_local.demo_state import DemoState
from miernik_local.postgres import Cluster, ClusterInUse
from miernik_local.provision import DATABASE, SERVICES, with_database

ADMINISTRATOR_URL = "MIERNIK_ADMINISTRATOR_URL"


@dataclass(frozen=True)
class AdministeredDatabase:
    """Superuser's address of the database, its name, and the passwords of its roles where they are known here."""

    url: str
    name: str
    role_passwords: Mapping[str, str]

    def at(self, name: str) -> str:
        """Return the superuser's address of another database of the same server."""
        return with_database(self.url, name)


@contextmanager
def administered_database(directory: Path) -> Generator[AdministeredDatabase]:
    """The database at MIERNIK_ADMINISTRATOR_URL, or that of the demo, whose server is started if it does not run.

    Raises NoDatabases where there is neither.
    """
    given = os.environ.get(ADMINISTRATOR_URL)
    if given:
        yield AdministeredDatabase(given, urlsplit(given).path.lstrip("/"), {})
        return
    if not (directory / "state.json").exists():
        raise NoDatabases(f"{ADMINISTRATOR_URL} is not set, and there is no demo in {directory}.")
    demo = DemoState.read(directory)
    cluster = Cluster(demo.cluster_directory)
    with suppress(ClusterInUse):  # then the demo runs, and its database with it
        cluster.start()
    try:
        yield AdministeredDatabase(cluster.url(DATABASE), DATABASE, demo.role_passwords)
    finally:
        cluster.stop()


def read_positions(connection: psycopg.Connection[tuple[int]]) -> dict[str, int]:
    """Return the last position of each service's change log. Raises psycopg.Error where a schema is missing."""
    query = " union all ".join(f"select position from {service}.head" for service in SERVICES)
    return dict(zip(SERVICES, (position for (position,) in connection.execute(query.encode())), strict=True))
