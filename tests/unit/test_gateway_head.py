"""``HEAD`` wherever there is ``GET``: the same status and headers, and no body, over real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import REGISTRY
from tests.support.services.asgi_server import served
from tests.support.services.gateway import DASHBOARD, REGION_KEY, Indicators, gateway_in_front_of

from miernik_gateway.app import GatewayApplication

LIST, API, PROXIED = "/v1/dashboards", "/v1/openapi.json", "/v1/reports/indicators"
VARYING = {"date", "x-request-id", "transfer-encoding"}
"""Headers that depend on the moment, the request or the connection, and not on the resource."""


@asynccontextmanager
async def reader() -> AsyncIterator[tuple[httpx.AsyncClient, Indicators, GatewayApplication]]:
    provider = Indicators()
    app = gateway_in_front_of(provider)
    headers = {"Authorization": f"Bearer {REGION_KEY}"}
    async with served(app) as address, httpx.AsyncClient(base_url=address, headers=headers) as client:
        yield client, provider, app


def pick_stable_headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in VARYING}


@pytest.mark.parametrize("path", [DASHBOARD, LIST, API, PROXIED, "/health", "/docs", "/docs/files/swagger-ui.css", "/"])
async def test_the_same_headers_and_no_body(path: str) -> None:
    async with reader() as (client, _, _):
        whole, head, again = await client.get(path), await client.head(path), await client.get(path)

    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert pick_stable_headers(head) == pick_stable_headers(whole)
    assert again.content == whole.content, "the connection is in order after a HEAD"


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_a_finished_answer_is_told_from_memory_with_its_tag() -> None:
    hits = {status: counted("miernik_cache_hits_total", status=status) for status in ("200", "304")}
    async with reader() as (client, provider, _):
        whole = await client.get(DASHBOARD)
        head = await client.head(DASHBOARD)
        unchanged = await client.head(DASHBOARD, headers={"If-None-Match": whole.headers["etag"]})

    assert provider.reads == 1
    assert {status: counted("miernik_cache_hits_total", status=status) - hits[status] for status in hits} == {
        "200": 1,
        "304": 1,
    }
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert head.headers["content-length"] == whole.headers["content-length"] != "0"
    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, whole.headers["etag"])


async def test_head_before_get_fills_the_cache() -> None:
    async with reader() as (client, provider, _):
        head, whole = await client.head(DASHBOARD), await client.get(DASHBOARD)
    assert (provider.reads, pick_stable_headers(head)) == (1, pick_stable_headers(whole))


@pytest.mark.parametrize(("path", "status"), [("/v1/dashboards/none", 404), (f"{DASHBOARD}?as-of=2011", 422)])
async def test_a_refusal_keeps_its_status(path: str, status: int) -> None:
    async with reader() as (client, _, _):
        head = await client.head(path)
    assert (head.status_code, head.content) == (status, b"")


async def test_a_key_is_asked_for_and_writing_is_no_reading() -> None:
    async with reader() as (client, _, _):
        assert (await client.head(DASHBOARD, headers={"Authorization": "Bearer none"})).status_code == 401
        refused = await client.post(DASHBOARD)
    assert refused.status_code == 405


async def test_metrics_tell_it_from_a_read_and_name_its_route() -> None:
    labels = {"method": "HEAD", "route": "/v1/dashboards/indicators", "status": "200"}
    before = counted("miernik_requests_total", **labels)
    async with reader() as (client, _, _):
        await client.head(DASHBOARD)

    assert counted("miernik_requests_total", **labels) == before + 1
