"""A service that takes questions and never answers costs its section quickly, and is noticed when it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from tests.support.services.gateway import DASHBOARD, Indicators, achieved, client_of, gateway_in_front_of

from miernik_gateway.dashboards.fetch.circuit_breaker import (
    FAILURES_TO_OPEN,
    OPEN_SECONDS,
    CircuitBreaker,
    CircuitOpenError,
)

PATIENCE = 0.2
LONG_AGO = {"known_at": "2011-06-30T00:00:00Z"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def ask(breaker: CircuitBreaker, failure: Exception | None = None) -> None:
    with breaker.attempt():
        if failure:
            raise failure


async def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker("calls", "/v1/reports/pipeline", clock)
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(TimeoutError):
            await ask(breaker, TimeoutError())
    return breaker


def is_open() -> bool:
    return (
        REGISTRY.get_sample_value("miernik_breaker_open", {"service": "calls", "question": "/v1/reports/pipeline"}) == 1
    )


async def test_open_circuit_fails_fast_until_its_rest_is_over() -> None:
    clock = Clock()
    breaker = await opened(clock)
    assert is_open()
    clock.now = OPEN_SECONDS - 0.1
    with pytest.raises(CircuitOpenError):
        await ask(breaker)
    clock.now = OPEN_SECONDS
    await ask(breaker)
    assert not is_open()
    for _ in range(FAILURES_TO_OPEN - 1):
        with pytest.raises(TimeoutError):
            await ask(breaker, TimeoutError())
    await ask(breaker)


async def test_a_trial_in_vain_rests_once_more() -> None:
    clock = Clock()
    breaker = await opened(clock)
    clock.now = OPEN_SECONDS
    with pytest.raises(httpx.ReadTimeout):
        await ask(breaker, httpx.ReadTimeout("late"))
    clock.now = 2 * OPEN_SECONDS - 0.1
    with pytest.raises(CircuitOpenError):
        await ask(breaker)


async def test_only_one_tries() -> None:
    clock = Clock()
    breaker = await opened(clock)
    clock.now = OPEN_SECONDS
    with breaker.attempt(), pytest.raises(CircuitOpenError):
        await ask(breaker)
    await ask(breaker)


async def test_a_reader_who_leaves_during_the_trial_leaves_it_to_the_next() -> None:
    clock = Clock()
    breaker = await opened(clock)
    clock.now = OPEN_SECONDS
    with pytest.raises(asyncio.CancelledError):
        await ask(breaker, asyncio.CancelledError())  # type: ignore[arg-type]
    await ask(breaker)

    assert not is_open()


async def test_fast_failures_do_not_open_the_circuit() -> None:
    breaker = CircuitBreaker("calls", "/v1/reports/pipeline", Clock())
    for _ in range(2 * FAILURES_TO_OPEN):
        with pytest.raises(httpx.ConnectError):
            await ask(breaker, httpx.ConnectError("refused"))
    await ask(breaker)


@asynccontextmanager
async def hanging(monkeypatch: pytest.MonkeyPatch, rest: float) -> AsyncIterator[tuple[Indicators, httpx.AsyncClient]]:
    """A service that has answered once and then hangs, and a gateway with little patience."""
    monkeypatch.setattr("miernik_gateway.dashboards.fetch.report_client.ReportClient.get.__defaults__", (PATIENCE,))
    monkeypatch.setattr("miernik_gateway.dashboards.fetch.circuit_breaker.OPEN_SECONDS", rest)
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        provider.open.clear()
        yield provider, client


async def seconds(client: httpx.AsyncClient, **query: str) -> tuple[float, dict[str, Any]]:
    """Duration and section of a read for a measure that is not in the cache."""
    begin = time.monotonic()
    answer = await client.get(DASHBOARD, params=query)
    assert (answer.status_code, answer.headers["miernik-degraded"]) == (200, "indicators")
    return time.monotonic() - begin, answer.json()["sections"][0]


async def test_a_service_that_hangs_costs_its_section_and_soon_no_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hanging(monkeypatch, rest=600) as (provider, client):
        for number in range(FAILURES_TO_OPEN):
            took, section = await seconds(client, measure=f"7.{number}")
            assert (took >= PATIENCE, section["status"]) == (True, "missing")
        asked = len(provider.asked)
        for number in range(20):
            _, section = await seconds(client, measure=f"8.{number}")
            assert (section["status"], "nie odpowiada" in section["notice"]) == ("missing", True)
        assert len(provider.asked) == asked, "it was left alone"


async def test_what_was_last_read_is_shown_meanwhile_and_the_first_answer_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with hanging(monkeypatch, rest=0) as (provider, client):
        provider.change("7010.000000")
        await client.post("/v1/submissions", json={})
        for _ in range(FAILURES_TO_OPEN + 1):
            assert (await seconds(client))[1]["status"] == "stale"
        provider.open.set()
        assert achieved(await client.get(DASHBOARD)) == "7010.000000"
        assert achieved(await client.get(DASHBOARD, params={"measure": "7.1"})) == "7010.000000"


async def test_the_past_that_takes_too_long_does_not_cost_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hanging(monkeypatch, rest=600) as (provider, client):
        for number in range(FAILURES_TO_OPEN):
            await seconds(client, measure=f"7.{number}", **LONG_AGO)
        provider.open.set()
        assert (await seconds(client, measure="7.9", **LONG_AGO))[1]["status"] == "missing"
        assert "miernik-degraded" not in (await client.get(DASHBOARD, params={"measure": "7.9"})).headers
