"""Fixtures of the tests that need a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.support.builders.agreements import Office, office_with_money
from tests.support.databases.postgres import PostgresServer, drop_database, fresh_database
from tests.support.endpoints.matrix import EndpointClient, Scene, on_a_copy
from tests.support.regions.sample_region import make_sample, running_sample
from tests.support.services.calls_service import CallsService, calls_on_a_copy, running_calls
from tests.support.services.contracts_service import OfficeDatabase, contracts_on_a_copy
from tests.support.services.indicators_service import IndicatorsService

from miernik_local.provision import DatabaseUrls

# Checks outside a file of tests say what they compared only if pytest is told of them before they are imported.
pytest.register_assert_rewrite(
    "tests.support.endpoints.checks", "tests.support.endpoints.spellings", "tests.support.oracles.printed_lists"
)


@pytest.fixture(scope="session")
async def sample_region_database(postgres_server: PostgresServer) -> AsyncIterator[DatabaseUrls]:
    """A database with the sample region, to copy from. Nobody else connects to it."""
    urls = await make_sample(postgres_server)
    yield urls
    drop_database(postgres_server, urls)


@pytest.fixture(scope="session")
async def tree_database(postgres_server: PostgresServer) -> AsyncIterator[DatabaseUrls]:
    """A database in which calls has the tree of priority VII, to copy from. Nobody else connects to it."""
    urls = fresh_database(postgres_server)
    async with running_calls(urls) as running:
        await running.add_tree()
    yield urls
    drop_database(postgres_server, urls)


@pytest.fixture(scope="module")
async def shared_calls(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    """The service ``calls`` with that tree for the tests of one file that change nothing."""
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


@pytest.fixture
async def service(
    postgres_server: PostgresServer, sample_region_database: DatabaseUrls
) -> AsyncIterator[IndicatorsService]:
    """The service ``indicators`` with the sample region, for one test."""
    async with running_sample(postgres_server, sample_region_database) as running:
        yield running


@pytest.fixture(scope="module")
async def shared_service(
    postgres_server: PostgresServer, sample_region_database: DatabaseUrls
) -> AsyncIterator[IndicatorsService]:
    """The same for the tests of one file, which must not mind each other's rows."""
    async with running_sample(postgres_server, sample_region_database) as running:
        yield running


@pytest.fixture(scope="module")
async def shared_client(postgres_server: PostgresServer, scene: Scene) -> AsyncIterator[EndpointClient]:
    """A client on a copy of the file's own `scene`, for tests that change nothing."""
    async with on_a_copy(postgres_server, scene) as running:
        yield running


@pytest.fixture
def client(shared_client: EndpointClient) -> Iterator[EndpointClient]:
    """The same, and no table has a row more or less after the test."""
    before = shared_client.service.row_counts()
    yield shared_client
    assert shared_client.service.row_counts() == before


@pytest.fixture
async def own_client(postgres_server: PostgresServer, scene: Scene) -> AsyncIterator[EndpointClient]:
    """A client on a copy of its own."""
    async with on_a_copy(postgres_server, scene) as running:
        yield running


@pytest.fixture(scope="module")
async def office_database(module_database: DatabaseUrls) -> OfficeDatabase:
    """An office whose measure 7.2 has 100 EUR: 400 złote, and from July 2011 on 300. A file may have one of its own."""
    async with office_with_money(module_database) as (_, calls_feed):
        return OfficeDatabase(module_database, calls_feed)


@pytest.fixture
async def office(postgres_server: PostgresServer, office_database: OfficeDatabase) -> AsyncIterator[Office]:
    """The service ``contracts`` on a copy of that office, with the feed of calls."""
    async with contracts_on_a_copy(postgres_server, office_database, wait_for_calls_seconds=0) as running:
        yield running
