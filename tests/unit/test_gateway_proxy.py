"""Streaming proxy: requests and answers in both directions, and disconnects of either end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.services.asgi_server import served
from tests.support.services.gateway import (
    REGION_KEY,
    UNIT_KEY,
    Indicators,
    client_of,
    gateway,
    gateway_in_front_of,
    settings,
)

from miernik_gateway.app import GatewayApplication

MEBIBYTE = 1024 * 1024
AUTHORIZED = {"Authorization": f"Bearer {REGION_KEY}"}


@asynccontextmanager
async def gateway_of(provider: Any, **options: Any) -> AsyncIterator[tuple[httpx.AsyncClient, GatewayApplication]]:
    """A client of a served gateway in front of a served provider."""
    async with served(provider, **options) as address:
        app = gateway(settings(indicators_url=address))
        async with served(app) as place, httpx.AsyncClient(base_url=place, headers=AUTHORIZED) as client:
            yield client, app
        for one in app.state.gateway.providers.values():
            await one.close()


async def answer(send: Callable[[Any], Any], status: int, body: bytes, **headers: str) -> None:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def test_upload_of_20_mb_is_streamed_and_its_answer_raises_the_positions() -> None:
    first_arrived = asyncio.Event()
    received = 0

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        nonlocal received
        more = True
        while more:
            message = await receive()
            received += len(message.get("body", b""))
            more = message.get("more_body", False)
            if received:
                first_arrived.set()
        await answer(send, 201, b"{}", miernik_position="indicators=7", miernik_families="observations:04,units")

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * MEBIBYTE
        # The rest is sent only when the provider has some of it: a gateway that waits for the whole never gets it.
        await asyncio.wait_for(first_arrived.wait(), 10)
        for _ in range(19):
            yield b"x" * MEBIBYTE

    async with gateway_of(provider) as (client, app):
        stored = await client.post("/v1/submissions", content=body())
        known = app.state.gateway.known
        assert (stored.status_code, received) == (201, 20 * MEBIBYTE)
        assert stored.headers["miernik-position"] == "indicators=7"
        assert "miernik-families" not in stored.headers
        topics = ("observations:04", "observations", "units")
        assert [known.of(("indicators", topic)) for topic in topics] == [7, 7, 7]
        assert known.followed("indicators") == 0


async def test_the_client_is_read_no_faster_than_the_service_takes_it() -> None:
    """The gateway holds one chunk: it asks for the next one when the service has taken the last."""
    given = taken = 0

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal taken
            async for chunk in request.stream:  # type: ignore[union-attr]
                taken += len(chunk)
                for _ in range(5):
                    await asyncio.sleep(0)
                assert given - taken <= 1000
            return httpx.Response(201, stream=httpx.ByteStream(b""))

    async def body() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(100):
            given += 1000
            yield b"x" * 1000

    async with client_of(gateway_in_front_of(Slow())) as client:
        assert (await client.post("/v1/submissions", content=body())).status_code == 201

    assert taken == 100_000


async def test_an_answer_flows_while_it_is_made() -> None:
    proceed = asyncio.Event()

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.wait_for(proceed.wait(), 10)
        await send({"type": "http.response.body", "body": b"second"})

    async with gateway_of(provider) as (client, _), client.stream("GET", "/v1/observations") as response:
        parts = response.aiter_bytes()
        assert await anext(parts) == b"first"
        proceed.set()
        assert await anext(parts) == b"second"


async def test_end_to_end_headers_pass_and_hop_by_hop_headers_do_not() -> None:
    seen: dict[str, Any] = {}

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen.update(headers=headers, method=scope["method"], path=scope["raw_path"], query=scope["query_string"])
        await answer(send, 412, b"{}", etag='"v2"', connection="x-internal", x_internal="1", link="</v1/x>")

    sent = {
        "Idempotency-Key": "k-1",
        "If-Match": '"v1"',
        "Accept-Language": "en",
        "Content-Type": "text/csv",
        "Content-Encoding": "zstd",
        "X-Request-Id": "abc-123",
        "Cookie": "a=b",
        "X-Forwarded-For": "1.2.3.4",
        "Miernik-Families": "observations",
    }
    async with gateway_of(provider) as (client, _):
        path = "/v1/reporting-units/by-external-id/a%20b/%C5%BB%2F1?limit=5&cursor=a%2Bb"
        received = await client.put(path, content=b"x;y", headers=sent)
    passed = seen["headers"]
    assert (received.status_code, received.headers["etag"], received.headers["link"]) == (412, '"v2"', "</v1/x>")
    assert received.headers["x-request-id"] == passed["x-request-id"] == "abc-123"
    assert "x-internal" not in received.headers
    assert (seen["method"], seen["query"]) == ("PUT", b"limit=5&cursor=a%2Bb")
    assert seen["path"] == b"/v1/reporting-units/by-external-id/a%20b/%C5%BB%2F1"
    for name in ("Idempotency-Key", "If-Match", "Accept-Language", "Content-Type", "Content-Encoding"):
        assert passed[name.lower()] == sent[name]
    assert passed["content-length"] == "3"
    assert not {"cookie", "x-forwarded-for", "miernik-families"} & set(passed)
    assert REGION_KEY not in json.dumps(passed)


async def test_a_refusal_in_the_middle_of_an_upload_reaches_the_client() -> None:
    """As the services do: the answer is given on sight of a length over the limit, the body is not read."""

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, 413, b'{"code": "body_too_long"}')

    async with gateway_of(provider) as (client, _):
        refused = await client.post("/v1/submissions", content=b"x" * (20 * MEBIBYTE))
        assert (refused.status_code, refused.json()) == (413, {"code": "body_too_long"})


@pytest.mark.parametrize(
    ("method", "code"), [("GET", "service_unavailable"), ("POST", "outcome_unknown"), ("PUT", "outcome_unknown")]
)
async def test_a_connection_lost_before_the_answer(method: str, code: str) -> None:
    async def cutting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        requests.append(1)
        writer.close()

    requests: list[int] = []
    server = await asyncio.start_server(cutting, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    app = gateway(settings(indicators_url=address))
    async with client_of(app) as client:
        lost = await client.request(method, "/v1/submissions")
    assert_problem(lost, 503, code)
    assert lost.headers["retry-after"] == "1"
    assert requests == [1], "nothing is sent twice"
    assert ("Idempotency-Key" in lost.json()["detail"]) == (code == "outcome_unknown")
    server.close()
    await server.wait_closed()
    for one in app.state.gateway.providers.values():
        await one.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_is_down(method: str) -> None:
    async with client_of(gateway_in_front_of(Indicators(failure=httpx.ConnectError("refused")))) as client:
        down = await client.request(method, "/v1/submissions")

    assert_problem(down, 503, "service_unavailable")
    assert down.headers["retry-after"] == "1"
    assert down.headers["content-type"] == "application/problem+json"


async def test_an_answer_cut_in_the_middle_is_seen_to_be_cut() -> None:
    async def cutting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(cutting, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    app = gateway(settings(indicators_url=address))
    async with served(app) as place, httpx.AsyncClient(base_url=place, headers=AUTHORIZED) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/v1/observations")
    server.close()
    await server.wait_closed()
    for one in app.state.gateway.providers.values():
        await one.close()


async def test_a_client_that_goes_away_ends_the_request_to_the_service() -> None:
    reached, ended = asyncio.Event(), asyncio.Event()

    async def provider(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        reached.set()
        assert (await receive())["type"] == "http.disconnect"
        ended.set()

    async with gateway_of(provider) as (client, _):
        reading = asyncio.create_task(client.get("/v1/observations"))
        await asyncio.wait_for(reached.wait(), 5)
        reading.cancel()
        await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/elsewhere",
        "/v1/events",
        "/v1/observations/../events",
        "/v1/observations/%2e%2e/events",
        "/v1/observations/x/..%2f..%2f/events",
        "/v1/dashboards/unknown",
        "/v1/dashboards/",
        "/v1/dashboards/indicators/",
    ],
)
async def test_there_is_no_way_to_what_is_not_in_the_table(path: str) -> None:
    provider = Indicators()
    app = gateway_in_front_of(provider)
    scope_path = httpx.URL("http://gateway").copy_with(raw_path=path.encode()).path
    messages: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": scope_path if "%" in path else path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", AUTHORIZED["Authorization"].encode())],
        "scheme": "http",
        "server": ("gateway", 80),
        "root_path": "",
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)

    assert messages[0]["status"] == 404
    assert json.loads(messages[1]["body"])["code"] == "not_found"
    assert provider.asked == []


async def test_methods_that_nothing_takes() -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        refused = await client.request("TRACE", "/v1/observations")
    assert_problem(refused, 405, "method_not_allowed")


EVENTS = {
    "events": [
        {
            "specversion": "1.0",
            "id": "indicators/5",
            "source": "/indicators",
            "type": "pl.miernik.indicators.reporting-unit.registered",
            "subject": "reporting-units/1",
            "time": "2011-09-26T12:00:00Z",
            "datacontenttype": "application/json",
            "position": 5,
            "families": ["units"],
            "data": {"nip": "secret"},
        }
    ],
    "next": 5,
    "more": False,
}


async def test_the_feed_for_clients_outside_is_thin() -> None:
    provider = Indicators()
    asked: list[httpx.URL] = []

    async def feed(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(200, json=EVENTS)

    provider.handle_async_request = feed  # type: ignore[method-assign]
    app = gateway_in_front_of(provider)
    async with client_of(app) as client, client_of(app, UNIT_KEY) as unit:
        page = (await client.get("/v1/feeds/indicators/events", params={"after": 4, "timeout": 0})).json()
        assert (page["next"], page["more"]) == (5, False)
        assert page["events"][0]["id"] == "indicators/5"
        assert not {"data", "datacontenttype"} & set(page["events"][0])
        assert asked[0].path == "/v1/events"
        assert asked[0].params["after"] == "4"
        bound = await unit.get("/v1/feeds/indicators/events")
        assert_problem(bound, 403, "feed_is_regional")
        assert (await client.get("/v1/feeds/gateway/events")).status_code == 404
        misspelt = await client.get("/v1/feeds/indicators/events?afer=4")
        assert (misspelt.status_code, misspelt.json()["errors"][0]["pointer"]) == (422, "/query/afer")
        assert len(asked) == 1


async def test_browsers_may_call_from_the_origins_of_the_list_only() -> None:
    app = gateway_in_front_of(Indicators(), cors_origins="https://rops.example, https://b.example")
    async with client_of(app) as client:
        for _ in range(2):  # from the service, then from the cache
            allowed = await client.get("/v1/dashboards/indicators", headers={"Origin": "https://b.example"})
            assert allowed.headers["access-control-allow-origin"] == "https://b.example"
            exposed = set(allowed.headers["access-control-expose-headers"].split(", "))
            assert {"ETag", "Link", "Location", "Miernik-Position", "Idempotency-Replayed"} <= exposed
        other = await client.get("/v1/dashboards/indicators", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        asking = {"Origin": "https://b.example", "Access-Control-Request-Method": "PUT"}
        preflight = await client.options("/v1/reporting-units/1", headers=asking)
        assert preflight.status_code == 200
    async with client_of(gateway_in_front_of(Indicators())) as client:
        answered = await client.get("/v1/dashboards/indicators", headers={"Origin": "https://b.example"})
        assert "access-control-allow-origin" not in answered.headers
