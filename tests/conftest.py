"""Fixtures that every kind of test may use."""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from tests.support.databases.postgres import (
    PostgresServer,
    ServerChoice,
    choose_server,
    drop_database,
    fresh_database,
    running_server,
)
from tests.support.slowest_files import SLOWEST_FILES

from miernik_local.provision import DatabaseUrls

# Assertions outside a file of tests print what they compared only if pytest rewrites them, before they are imported.
pytest.register_assert_rewrite("tests.support.answers")

CHOSEN = pytest.StashKey[ServerChoice]()
TAKEN = pytest.StashKey[set[str]]()
_TOLD = "postgres"

# No deadline: on a busy machine an example may take seconds, which says nothing about the code. A build server tries
# the same examples for the same code; everywhere else each run goes on searching, and a failure prints its example.
settings.register_profile("miernik", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("miernik")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[CHOSEN] = choose_server()
    config.stash[TAKEN] = set()
    config.pluginmanager.register(_FromWorkers(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slowest files first; tests of one file keep their order, as do all other files."""
    ranks = {Path(__file__).parent / name: rank for rank, name in enumerate(SLOWEST_FILES)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


class _FromWorkers:
    """Plugin that collects the chosen servers of worker processes, each of which has its own."""

    def __init__(self, config: pytest.Config) -> None:
        self._taken = config.stash[TAKEN]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._taken |= set(getattr(node, "workeroutput", {}).get(_TOLD, []))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the chosen server from a worker process."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_TOLD] = sorted(session.config.stash[TAKEN])


def pytest_report_header(config: pytest.Config) -> str:
    return f"postgres: {config.stash[CHOSEN]}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Repeat the chosen server at the end: `-q` hides the header, and a container that fails is replaced."""
    for taken in sorted(config.stash[TAKEN]):
        terminalreporter.write_line(f"postgres: {taken}")


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """One server for the session, started when the first test needs it."""
    with running_server(pytestconfig.stash[CHOSEN]) as server:
        pytestconfig.stash[TAKEN].add(str(server.choice))
        yield server


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """Log output, including exceptions with their tracebacks."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[DatabaseUrls]:
    """A migrated database for one test."""
    urls = fresh_database(postgres_server)
    yield urls
    drop_database(postgres_server, urls)


@pytest.fixture(scope="module")
def module_database(postgres_server: PostgresServer) -> Iterator[DatabaseUrls]:
    """A migrated database for the tests of one file, which must not mind each other's rows."""
    urls = fresh_database(postgres_server)
    yield urls
    drop_database(postgres_server, urls)


@pytest.fixture(scope="module")
def empty_database(postgres_server: PostgresServer) -> Iterator[DatabaseUrls]:
    """A database with roles and schemas and no tables, for the tests of one file."""
    urls = fresh_database(postgres_server, migrated=False)
    yield urls
    drop_database(postgres_server, urls)
