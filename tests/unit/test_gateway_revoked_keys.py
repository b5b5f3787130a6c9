"""A key that is revoked while its reader waits: the long poll ends with a 401, and nothing recorded later is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
from tests.support.answers import assert_problem
from tests.support.services.gateway import (
    REGION_KEY,
    Indicators,
    client_of,
    find_key,
    gateway_in_front_of,
)

from miernik_gateway.clients.queries import FoundKey

FEED = "/v1/feeds/indicators/events?timeout=60"
EVENT = {
    "specversion": "1.0", "id": "indicators/1", "source": "/indicators", "type": "pl.miernik.indicators.unit.changed",
    "subject": "reporting-units/1", "time": "2011-09-26T12:00:00Z", "position": 1, "families": ["units"], "data": {},
}  # fmt: skip


@dataclass
class Keys:
    """The table of keys, from which all can be revoked."""

    revoked: bool = False

    async def find(self, digest: bytes) -> FoundKey | None:
        return None if self.revoked else await find_key(digest)


@dataclass
class Waiting(Indicators):
    """The service whose feed has no news until the test says so."""

    polled: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.polled.set()
        try:
            await self.news.wait()
        finally:
            self.ended.set()
        return httpx.Response(200, json={"events": [EVENT], "next": 1, "more": False})


async def test_the_poll_of_a_key_that_is_revoked_ends_without_news() -> None:
    keys, provider = Keys(), Waiting()
    app = gateway_in_front_of(provider, find_key=keys.find)
    async with client_of(app, REGION_KEY) as client, asyncio.timeout(30):
        poll = asyncio.create_task(client.get(FEED))
        await provider.polled.wait()
        keys.revoked = True
        app.state.gateway.keys.forget()

        assert_problem(await poll, 401, "credentials_refused")
        await provider.ended.wait()


async def test_news_after_a_revocation_not_heard_of_is_not_delivered() -> None:
    keys, provider = Keys(), Waiting()
    async with client_of(gateway_in_front_of(provider, find_key=keys.find), REGION_KEY) as client:
        poll = asyncio.create_task(client.get(FEED))
        await provider.polled.wait()
        keys.revoked = True
        provider.news.set()

        answer = await poll

    assert_problem(answer, 401, "credentials_refused")
    assert "reporting-units" not in answer.text


async def test_news_for_a_valid_key_is_delivered() -> None:
    provider = Waiting()
    async with client_of(gateway_in_front_of(provider), REGION_KEY) as client:
        poll = asyncio.create_task(client.get(FEED))
        await provider.polled.wait()
        provider.news.set()

        assert (await poll).json()["next"] == 1
