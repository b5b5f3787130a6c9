"""Headers for browsers on every answer of the gateway, and a public address that says nothing of the installation."""

from __future__ import annotations

import re

import httpx
import pytest
from tests.support.services.gateway import DASHBOARD, REGION_KEY, Indicators, client_of, gateway_in_front_of

ANSWERS = {
    "a dashboard": (DASHBOARD, 200),
    "an error": (f"{DASHBOARD}?nothing=1", 422),
    "what is not there": ("/v1/nothing", 404),
    "the page": ("/docs", 200),
    "its script": ("/docs/start.js", 200),
    "a file of it": ("/docs/files/swagger-ui.css", 200),
    "the redirect": ("/", 307),
    "health": ("/health", 200),
    "the document": ("/v1/openapi.json", 200),
    "a service's answer": ("/v1/reports/indicators", 200),
    "a feed of nothing": ("/v1/feeds/nothing/events", 404),
}


def assert_guarded(answer: httpx.Response) -> None:
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("path", "status"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_answer_has_the_headers(path: str, status: int) -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        answer = await client.get(path)

    assert answer.status_code == status
    assert_guarded(answer)


async def test_answer_from_the_cache_has_them_and_its_own() -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        first = await client.get(DASHBOARD)
        hit = await client.get(DASHBOARD)
        unchanged = await client.get(DASHBOARD, headers={"If-None-Match": first.headers["etag"]})

    for answer in (hit, unchanged):
        assert_guarded(answer)
        assert answer.headers["cache-control"] == "private, no-cache"
    assert (hit.status_code, unchanged.status_code) == (200, 304)


async def test_defect_and_refused_key_have_them() -> None:
    async with client_of(gateway_in_front_of(Indicators(failure=RuntimeError("defect"))), None) as client:
        refused = await client.get(DASHBOARD)
        client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
        defect = await client.get("/v1/reports/indicators", headers={"Authorization": f"Bearer {REGION_KEY}"})

    assert (refused.status_code, defect.status_code) == (401, 500)
    assert_guarded(refused)
    assert_guarded(defect)


async def test_the_page_has_no_inline_script_and_loads_from_this_address_alone() -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        page = (await client.get("/docs")).text
        sources = re.findall(r'(?:src|href)="([^"]*)"', page)
        loaded = [await client.get(source) for source in sources]

    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page) == []
    assert all(source.startswith("/docs/") for source in sources)
    assert [answer.status_code for answer in loaded] == [200] * 4
    assert '"url": "/v1/openapi.json"' in loaded[-1].text


@pytest.mark.parametrize("path", ["/ready", "/metrics"])
@pytest.mark.parametrize("key", [None, REGION_KEY], ids=["anybody", "a client"])
async def test_public_address_has_neither_readiness_nor_metrics(path: str, key: str | None) -> None:
    async with client_of(gateway_in_front_of(Indicators()), key) as client:
        answer, health = await client.get(path), await client.get("/health")

    assert answer.status_code == 404
    assert health.text.split() == ["alive"]
