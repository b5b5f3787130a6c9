"""A follower of a feed beside its replicas: each event once and in order, whatever moves the cursor meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests.support.databases.watched_tables import WatchedTables
from tests.support.services.service_keys import signer

from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.follower import Follower
from miernik_shared.changelog.tables import change_log_tables
from miernik_shared.database import create_engine
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller

TABLES = change_log_tables(MetaData())
BLOCKED = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
CURSOR = "select position, failed_position, failure from follower_cursor where projection = %s"


class Feed:
    """A feed of ``length`` events; ``answered`` is called while a page is on its way to its reader."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.answered: Callable[[], object] = lambda: None
        caller = Caller("contracts", "contracts", frozenset())
        self.client = ServiceClient(
            "calls", "http://calls", signer("contracts"), caller, httpx.MockTransport(self._page)
        )

    async def _page(self, request: httpx.Request) -> httpx.Response:
        after = int(request.url.params["after"])
        events = [event(position) for position in range(after + 1, self.length + 1)]
        if not events:
            await asyncio.sleep(0.02)
        self.answered()
        return httpx.Response(200, json={"events": events, "next": max(after, self.length), "more": False})


def event(position: int) -> dict[str, Any]:
    return {
        "id": f"calls/{position}", "source": "/calls", "type": "pl.miernik.calls.thing.done", "subject": "things/1",
        "time": "2011-01-01T00:00:00+00:00", "position": position, "families": [], "data": {},
        "specversion": "1.0", "datacontenttype": "application/json",
    }  # fmt: skip


class Replica:
    """A follower that notes what it applied; it fails at ``poison``, and waits for ``gate`` before each event."""

    def __init__(self, feed: Feed, engine: AsyncEngine, projection: str = "things") -> None:
        self.applied: list[int] = []
        self.poison: int | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.follower = Follower(projection, feed.client, engine, TABLES, self._apply)

    async def _apply(self, connection: AsyncConnection, event: Event) -> None:
        self.entered.set()
        await self.gate.wait()
        if event.position == self.poison:
            raise KeyError(event.position)
        self.applied.append(event.position)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.follower.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def engine(database: DatabaseUrls) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database.app["calls"], 6, 0)
    yield made
    await made.dispose()


@pytest.fixture
def tables(database: DatabaseUrls) -> Iterator[WatchedTables]:
    watched = WatchedTables(database, "calls")
    yield watched
    watched.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the database offers no event
            await asyncio.sleep(0.01)


def cursor(tables: WatchedTables, projection: str = "things") -> tuple[Any, ...]:
    rows = tables.query(CURSOR, projection)
    return rows[0] if rows else (None, None, None)


async def test_a_replica_beside_one_that_applies_waits_and_applies_nothing_again(
    engine: AsyncEngine, tables: WatchedTables
) -> None:
    feed = Feed(3)
    first, second = Replica(feed, engine), Replica(feed, engine)
    second.gate.clear()
    first.gate.clear()
    async with first.running():
        await first.entered.wait()
        async with second.running():
            await until(lambda: second.entered.is_set() or tables.query(BLOCKED))
            first.gate.set()
            second.gate.set()
            await until(lambda: first.follower.connected and second.follower.connected)

    assert (first.applied, second.applied) == ([1, 2, 3], [])
    assert cursor(tables) == (3, None, None)


async def test_a_page_that_another_replica_applied_in_part_is_applied_from_there(
    engine: AsyncEngine, tables: WatchedTables
) -> None:
    feed = Feed(3)
    replica = Replica(feed, engine)
    feed.answered = lambda: tables.query("update follower_cursor set position = 2 where position = 0")
    async with replica.running():
        await until(lambda: cursor(tables)[0] == 3)

    assert replica.applied == [3]


async def test_a_page_whose_rest_another_replica_is_applying_is_not_applied_again(
    engine: AsyncEngine, tables: WatchedTables, database: DatabaseUrls
) -> None:
    feed = Feed(3)
    replica = Replica(feed, engine)
    with psycopg.connect(database.superuser, options="-c search_path=calls") as other:

        def move_on() -> None:
            feed.answered = lambda: None
            tables.query("update follower_cursor set position = 2")
            other.execute("update follower_cursor set position = 3")

        feed.answered = move_on
        async with replica.running():
            await until(lambda: tables.query(BLOCKED) or replica.applied)
            other.commit()
            await until(lambda: replica.follower.connected)

    assert (replica.applied, cursor(tables)) == ([], (3, None, None))


async def test_a_cursor_set_back_while_a_page_is_fetched_begins_at_the_first_event(
    engine: AsyncEngine, tables: WatchedTables
) -> None:
    feed = Feed(3)
    replica = Replica(feed, engine)
    async with replica.running():
        await until(lambda: cursor(tables)[0] == 3)
        tables.query("update follower_cursor set position = 0")
        feed.length = 5
        await until(lambda: cursor(tables)[0] == 5)

    assert replica.applied == [1, 2, 3, 1, 2, 3, 4, 5]


async def test_projections_of_one_feed_have_cursors_of_their_own(engine: AsyncEngine, tables: WatchedTables) -> None:
    feed = Feed(3)
    one, other = Replica(feed, engine, "one"), Replica(feed, engine, "other")
    async with one.running():
        await until(lambda: cursor(tables, "one")[0] == 3)
        async with other.running():
            await until(lambda: cursor(tables, "other")[0] == 3)

    assert (one.applied, other.applied) == ([1, 2, 3], [1, 2, 3])


async def test_a_poisoned_event_stops_the_feed_and_its_cure_clears_the_failure(
    engine: AsyncEngine, tables: WatchedTables
) -> None:
    replica = Replica(Feed(3), engine)
    replica.poison = 2
    async with replica.running():
        await until(lambda: replica.follower.failure and cursor(tables)[1])
        failed = cursor(tables)
        replica.poison = None
        await until(lambda: replica.follower.connected)

    assert failed == (0, 2, "calls/2: KeyError")
    assert (cursor(tables), replica.follower.failure) == ((3, None, None), None)


async def test_a_cancellation_that_a_driver_turns_into_an_error_ends_the_follower(engine: AsyncEngine) -> None:
    waiting = asyncio.Event()

    async def cut_when_cancelled(request: httpx.Request) -> httpx.Response:
        waiting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise httpx.ReadError("cut") from None
        return httpx.Response(503)

    caller = Caller("contracts", "contracts", frozenset())
    client = ServiceClient(
        "calls", "http://calls", signer("contracts"), caller, httpx.MockTransport(cut_when_cancelled)
    )
    replica = Replica(Feed(0), engine)
    replica.follower = Follower("things", client, engine, TABLES, replica._apply)
    task = asyncio.create_task(replica.follower.run())
    await waiting.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.shield(task), 5)
    assert task.cancelled()
