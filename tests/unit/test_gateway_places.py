"""Places for requests under way: one client's crowd keeps nobody else out, and a body that stops ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.services.asgi_server import served
from tests.support.services.gateway import (
    DASHBOARD,
    OTHER_REGION_KEY,
    REGION_KEY,
    Indicators,
    client_of,
    gateway,
    gateway_in_front_of,
    settings,
)

from miernik_gateway.app import GatewayApplication
from miernik_gateway.clients.request_places import Places
from miernik_shared.problems import Problem
from miernik_shared.web.body_time import limit_time

FEED = "/v1/feeds/indicators/events"
READ, WRITE = "/v1/observations", "/v1/submissions"
NEVER = 0.0
LONG = 120.0


async def test_client_with_its_share_taken_is_refused_and_others_are_served() -> None:
    places = Places(total=5, share=2, patience=NEVER)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(places.take("greedy"))
        with pytest.raises(Problem) as refused:
            await stack.enter_async_context(places.take("greedy"))
        await stack.enter_async_context(places.take("modest"))
    assert (refused.value.status, refused.value.code) == (429, "too_many_at_once")
    assert refused.value.headers["Retry-After"] == "1"


async def test_all_places_taken_is_no_fault_of_the_client() -> None:
    places = Places(total=2, share=1, patience=NEVER)
    async with places.take("one"), places.take("two"):
        with pytest.raises(Problem) as refused:
            async with places.take("three"):
                pass
    assert (refused.value.status, refused.value.code) == (503, "all_places_taken")


async def test_waiting_request_takes_the_place_that_is_freed() -> None:
    places = Places(total=1, share=1, patience=LONG)
    order: list[str] = []

    async def work(name: str, release: asyncio.Event) -> None:
        async with places.take("client"):
            order.append(name)
            await release.wait()

    first_may_end, second_may_end = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(work("first", first_may_end))
    await asyncio.sleep(0)
    second = asyncio.create_task(work("second", second_may_end))
    await asyncio.sleep(0.01)
    assert order == ["first"]
    first_may_end.set()
    second_may_end.set()
    await asyncio.gather(first, second)
    assert order == ["first", "second"]


async def test_place_of_a_cancelled_request_is_free_again() -> None:
    places = Places(total=1, share=1, patience=NEVER)

    async def hold() -> None:
        async with places.take("client"):
            await asyncio.Event().wait()

    held = asyncio.create_task(hold())
    await asyncio.sleep(0)
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)
    async with places.take("client"):
        pass


async def test_waiting_request_that_is_cancelled_leaves_no_place_taken() -> None:
    places = Places(total=1, share=1, patience=LONG)
    async with places.take("client"):
        waiting = asyncio.create_task(places.take("client").__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with places.take("client"):
        pass


@asynccontextmanager
async def crowd(path: str, method: str, kind: str) -> AsyncIterator[tuple[httpx.AsyncClient, Indicators, Any]]:
    """A client whose share of a kind is taken by a request that its service does not answer."""
    provider = Indicators()
    if path == FEED:
        provider.body = {"events": [], "next": 0, "more": False}
    app = gateway_in_front_of(provider)
    places: Places = getattr(app.state.gateway.places, kind)
    places.share, places.patience = 1, NEVER
    if method == "POST":
        provider = _hold_writes(app, provider)
    provider.open.clear()
    async with client_of(app) as client:
        held = asyncio.create_task(client.request(method, path))
        while not places._taken:  # noqa: ASYNC110 # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.01)
        yield client, provider, app
        provider.open.set()
        await held


def _hold_writes(app: GatewayApplication, provider: Indicators) -> Indicators:
    answer = provider.handle_async_request

    async def wait_with_writes(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            await provider.open.wait()
        return await answer(request)

    provider.handle_async_request = wait_with_writes
    return provider


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [(FEED, "GET", "polls"), (READ, "GET", "reads"), (DASHBOARD, "GET", "reads"), (WRITE, "POST", "writes")],
)
async def test_share_of_each_kind_is_refused_beyond_it(path: str, method: str, kind: str) -> None:
    async with crowd(path, method, kind) as (client, _, app):
        refused = await client.request(method, path)
        async with client_of(app, OTHER_REGION_KEY) as other:
            elsewhere = asyncio.create_task(other.request(method, path))
            await asyncio.sleep(0.05)
            assert not elsewhere.done() or elsewhere.result().status_code < 400
            elsewhere.cancel()
    assert_problem(refused, 429, "too_many_at_once")
    assert refused.headers["Retry-After"] == "1"


async def test_polls_do_not_keep_the_same_client_from_reading() -> None:
    async with crowd(FEED, "GET", "polls") as (client, provider, _):
        provider.open.set()
        assert (await client.get(READ)).status_code == 200


async def test_answer_from_the_cache_needs_no_place() -> None:
    app = gateway_in_front_of(Indicators())
    async with client_of(app) as client:
        await client.get(DASHBOARD)
        app.state.gateway.places.reads.share = 0
        assert (await client.get(DASHBOARD)).status_code == 200


async def test_body_that_stops_is_refused_and_frees_its_place() -> None:
    ended = asyncio.Event()

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        ended.set()

    async with served(provider) as address:
        app = gateway(settings(indicators_url=address, body_pause_seconds=0.2))
        async with served(app) as place:
            answer = await _send_half(place)
            await asyncio.wait_for(ended.wait(), LONG)
        taken = app.state.gateway.places.writes._taken  # pyright: ignore[reportPrivateUsage]
        assert (b" 408 " in answer, taken.total()) == (True, 0)
        for one in app.state.gateway.providers.values():
            await one.close()


async def _send_half(place: str) -> bytes:
    host, port = httpx.URL(place).host, httpx.URL(place).port
    reader, writer = await asyncio.open_connection(host, port)
    head = f"POST {WRITE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {REGION_KEY}\r\nContent-Length: 100\r\n\r\nhalf"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readline(), LONG)
    writer.close()
    return answer


async def _chunks(*pauses: float) -> AsyncGenerator[bytes]:
    for pause in pauses:
        await asyncio.sleep(pause)
        yield b"x"


async def test_body_in_time_is_taken_whole() -> None:
    assert [chunk async for chunk in limit_time(_chunks(0, 0, 0), LONG, LONG)] == [b"x"] * 3


@pytest.mark.parametrize(("seconds", "pause"), [(0.05, LONG), (LONG, 0.05)], ids=["all of it", "a pause"])
async def test_body_out_of_time_is_refused(seconds: float, pause: float) -> None:
    with pytest.raises(Problem) as refused:
        [chunk async for chunk in limit_time(_chunks(0, LONG), seconds, pause)]
    assert (refused.value.status, refused.value.code) == (408, "body_too_slow")


async def test_time_of_the_consumer_is_no_pause_of_the_sender() -> None:
    taken: list[bytes] = []
    async for chunk in limit_time(_chunks(0, 0), LONG, 0.05):
        await asyncio.sleep(0.1)
        taken.append(chunk)
    assert taken == [b"x"] * 2
