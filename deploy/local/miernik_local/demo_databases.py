"""Access to the databases of the demo, whether it is running or stopped."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from miernik_local.demo_state import DemoState
from miernik_local.postgres import Cluster, ClusterInUse
from miernik_local.provision import database_urls


class NoDatabases(RuntimeError):
    """There is no demo."""


@contextmanager
def demo_databases(directory: Path) -> Generator[Mapping[str, str]]:
    """Database URLs by service. Starts the database for the block if the demo is not running. Raises NoDatabases."""
    if not (directory / "state.json").exists():
        raise NoDatabases("There is no demo here; `make demo` makes one.")
    state = DemoState.read(directory)
    cluster = Cluster(state.cluster_directory)
    with suppress(ClusterInUse):  # then the demo runs, and its database with it
        cluster.start()
    try:
        yield database_urls(cluster.url(), state.role_passwords).app
    finally:
        cluster.stop()
