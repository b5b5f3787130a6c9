"""The gateway follows the feeds: positions in the table, in memory, after a restart and after a rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
from tests.support.services.asgi_server import served
from tests.support.services.gateway import (
    DASHBOARD,
    REGION_KEY,
    Indicators,
    achieved,
    gateway,
    settings,
)

from miernik_gateway.app import GatewayApplication
from miernik_gateway.positions.projection import PROJECTION
from miernik_gateway.tables import tables
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.rebuild import reset_projection

AUTHORIZED = {"Authorization": f"Bearer {REGION_KEY}"}


class IndicatorsWithFeed(Indicators):
    """Adds the feed: one event per entry of ``families``."""

    def __init__(self) -> None:
        super().__init__(position=0)
        self.families: list[list[str]] = []
        self.down = False
        self.news = asyncio.Event()

    def happens(self, *families: str) -> None:
        self.families.append(list(families))
        self.position = len(self.families)
        self.news.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused")
        if request.url.path != "/v1/events":
            return await super().handle_async_request(request)
        after = int(request.url.params["after"])
        if after == len(self.families) and float(request.url.params["timeout"]):
            self.news.clear()
            await self.news.wait()
            if self.down:
                raise httpx.ReadError("cut")
        events = [self._event(position) for position in range(after + 1, len(self.families) + 1)][:1000]
        reached = events[-1]["position"] if events else after
        return httpx.Response(200, json={"events": events, "next": reached, "more": len(events) == 1000})

    def _event(self, position: int) -> dict[str, Any]:
        return {
            "id": f"indicators/{position}",
            "source": "/indicators",
            "type": "pl.miernik.indicators.submission.accepted",
            "subject": f"submissions/{position}",
            "time": "2011-09-26T12:00:00Z",
            "position": position,
            "families": self.families[position - 1],
            "data": {},
        }


def replica(database: DatabaseUrls, provider: Indicators) -> GatewayApplication:
    return gateway(settings(database_url=database.app["gateway"]), transports={"indicators": provider})


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for offers no event
            await asyncio.sleep(0.01)


def stored(database: DatabaseUrls) -> dict[str, int]:
    with psycopg.connect(database.app["gateway"]) as connection:
        rows = connection.execute("select family, position from topic_position where service = 'indicators'").fetchall()
    return dict(rows)


async def test_events_raise_families_and_their_parents_and_survive_a_restart(database: DatabaseUrls) -> None:
    provider = IndicatorsWithFeed()
    provider.happens("definitions")
    provider.happens("observations:04", "units")
    provider.happens("observations:14")
    expected = {
        "definitions": 1,
        "definitions:*": 1,
        "units": 2,
        "units:*": 2,
        "observations:04": 2,
        "observations:04:*": 2,
        "observations:14": 3,
        "observations:14:*": 3,
        "observations": 3,
    }
    for _ in range(2):
        app = replica(database, provider)
        known = app.state.gateway.known
        async with served(app, lifespan="on"):
            await eventually(lambda known=known: known.followed("indicators") == 3)  # type: ignore[misc]
            assert {topic: known.of(("indicators", topic)) for topic in expected} == expected
        assert stored(database) == expected
        # The second gateway has the table alone: the feed it follows has nothing after position 3.


async def test_a_change_made_elsewhere_reaches_readers_of_every_replica(database: DatabaseUrls) -> None:
    provider = IndicatorsWithFeed()
    provider.happens("definitions")
    apps = [replica(database, provider) for _ in range(2)]
    async with (
        served(apps[0], lifespan="on") as one,
        served(apps[1], lifespan="on") as two,
        httpx.AsyncClient(headers=AUTHORIZED) as client,
    ):
        await eventually(lambda: all(app.state.gateway.feeds.trusted("indicators") for app in apps))
        for address in (one, two, one, two):
            assert achieved(await client.get(address + DASHBOARD)) == "7009.000000"
        assert provider.reads == 2
        provider.change("7010")
        provider.happens("observations:04")
        for address in (one, two):
            answer = await client.get(address + DASHBOARD, headers={"Miernik-Position": "indicators=2"})
            assert achieved(answer) == "7010"
        assert provider.reads == 4


async def test_a_feed_that_breaks_off_is_not_trusted_until_it_has_been_read_again(database: DatabaseUrls) -> None:
    provider = IndicatorsWithFeed()
    provider.happens("definitions")
    app = replica(database, provider)
    feeds = app.state.gateway.feeds
    async with served(app, lifespan="on") as address, httpx.AsyncClient(headers=AUTHORIZED) as client:
        await eventually(lambda: feeds.trusted("indicators"))
        await client.get(address + DASHBOARD)
        provider.down = True
        provider.news.set()
        await eventually(lambda: not feeds.trusted("indicators"))
        degraded = await client.get(address + DASHBOARD)
        assert degraded.json()["sections"][0]["status"] == "stale"
        provider.change("7010")
        provider.families.append(["observations:04"])
        provider.position = 2
        provider.down = False
        await eventually(lambda: feeds.trusted("indicators"))
        assert app.state.gateway.known.followed("indicators") == 2
        assert achieved(await client.get(address + DASHBOARD)) == "7010"


async def test_catching_up_takes_one_statement_a_page(database: DatabaseUrls) -> None:
    provider = IndicatorsWithFeed()
    for number in range(3500):
        provider.happens(f"observations:{number % 16 * 2 + 2:02d}")
    app = replica(database, provider)
    known, feeds = app.state.gateway.known, app.state.gateway.feeds
    async with served(app, lifespan="on"):
        await eventually(lambda: feeds.trusted("indicators"))
        assert known.followed("indicators") == 3500, "not trusted before the last page"
    assert stored(database)["observations"] == 3500


async def test_a_rebuild_fills_the_projection_again(database: DatabaseUrls) -> None:
    provider = IndicatorsWithFeed()
    provider.happens("observations:04")
    app = replica(database, provider)
    async with served(app, lifespan="on"):
        await eventually(lambda: stored(database).get("observations") == 1)
        async with app.state.service.engine.begin() as connection:
            await reset_projection(connection, tables.change_log, PROJECTION)
        assert stored(database) == {}
        provider.happens("observations:14")
        await eventually(lambda: stored(database).get("observations") == 2)
        assert stored(database)["observations:04"] == 1
