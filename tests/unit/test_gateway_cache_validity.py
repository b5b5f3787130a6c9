"""Validity of a finished answer: the families, positions and feeds of every service that it was built from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.support.regions.recorded_reports import FixedReports, gateway_before, slide_5, slide_6, slides_17_to_19
from tests.support.services.gateway import (
    DASHBOARD,
    Indicators,
    achieved,
    client_of,
    event_arrives,
    gateway_in_front_of,
    report,
    report_row,
)

from miernik_gateway.app import GatewayApplication
from miernik_gateway.cache.entries import ByteCache, Entry
from miernik_gateway.dashboards.serve import reader

LIST, OVERVIEW = "/v1/dashboards", "/v1/dashboards/overview"
NEWS_SECONDS = 60.0
"""Less than the time for which the gateway waits for news of a position here, and enough for a busy machine."""
OF_CALLS = {"pipeline": ("programme", "applications:04"), "calls": ("programme", "calls", "applications:04")}
OF_CONTRACTS = ("programme", "allocations", "rates", "agreements:04", "recommended:04")
OF_INDICATORS = ("observations:04", "definitions", "forms", "units", "register")
BOUNDS = {"first_on": "2008-01-31", "last_on": "2011-08-31"}


@pytest.fixture
def long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LONGEST_WAIT_SECONDS", 10 * NEWS_SECONDS)


class ReportsAtPositions(FixedReports):
    """A service that answers some paths from an older snapshot than the others."""

    def __init__(self, service: str, bodies: dict[str, Any], **positions: int) -> None:
        super().__init__(service, bodies)
        self.positions = positions

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/v1/reports/").partition("/")[0]
        self.position = self.positions.get(name, 10)
        return await super().handle_async_request(request)


def calls_service(**positions: int) -> FixedReports:
    bodies = {"/v1/reports/pipeline": slide_5(), "/v1/reports/calls": slides_17_to_19()}
    return ReportsAtPositions("calls", bodies | {f"{path}/bounds": BOUNDS for path in bodies}, **positions)


def services(**positions: int) -> tuple[FixedReports, FixedReports, FixedReports]:
    contracting, indicators = "/v1/reports/contracting", "/v1/reports/indicators"
    figures = report(report_row("7.1-1", "Liczba klientów"))
    return (
        calls_service(**positions),
        FixedReports("contracts", {contracting: slide_6(), f"{contracting}/bounds": BOUNDS}),
        FixedReports("indicators", {indicators: figures, f"{indicators}/bounds": BOUNDS}),
    )


def change_arrives(app: GatewayApplication, service: str, position: int, family: str) -> None:
    """The follower of the service has applied its feed up to a change of the family."""
    known = app.state.gateway.known
    known.record_change(service, position, [family])
    known.record_projection(service, {}, followed=position)


def dashboards_and_families() -> Iterator[tuple[str, str, str]]:
    for key, families in OF_CALLS.items():
        yield from ((key, "calls", family) for family in families)
    yield from (("contracting", "contracts", family) for family in OF_CONTRACTS)
    yield from (("indicators", "indicators", family) for family in OF_INDICATORS)
    for service, families in (("calls", OF_CALLS["calls"]), ("contracts", OF_CONTRACTS), ("indicators", OF_INDICATORS)):
        yield from (("overview", service, family) for family in families)
        yield from (("", service, family.replace(":04", ":32")) for family in families)


@pytest.mark.parametrize(("key", "service", "family"), [*dashboards_and_families()])
async def test_change_of_a_watched_family_makes_the_next_read_ask_again(key: str, service: str, family: str) -> None:
    providers = services()
    async with client_of(app := gateway_before(*providers)) as client:
        path = f"{LIST}/{key}" if key else LIST
        await client.get(path)
        await client.get(path)
        asked = sum(len(one.asked) for one in providers)
        change_arrives(app, service, 11, family)
        await client.get(path)
    assert sum(len(one.asked) for one in providers) == 2 * asked


@pytest.mark.parametrize(
    ("service", "family"),
    [("calls", "applications:32"), ("contracts", "agreements:32"), ("indicators", "observations:32")],
)
async def test_change_of_another_office_leaves_the_overview_in_the_cache(service: str, family: str) -> None:
    providers = services()
    async with client_of(app := gateway_before(*providers)) as client:
        await client.get(OVERVIEW)
        asked = sum(len(one.asked) for one in providers)
        change_arrives(app, service, 11, family)
        await client.get(OVERVIEW)
    assert sum(len(one.asked) for one in providers) == asked


@pytest.mark.parametrize("path", [OVERVIEW, LIST])
@pytest.mark.parametrize("older", ["pipeline", "calls"])
async def test_two_reports_of_one_service_hold_from_the_older_snapshot(path: str, older: str) -> None:
    providers = services(**{older: 5})
    async with client_of(app := gateway_before(*providers)) as client:
        first = await client.get(path)
        change_arrives(app, "calls", 6, "programme")
        await client.get(path)
    assert first.headers["miernik-position"] == "calls=5, contracts=10, indicators=10"
    assert len(providers[0].asked) == 4


async def test_change_at_the_position_of_the_answer_leaves_it_in_the_cache() -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        event_arrives(app, provider.position)
        await client.get(DASHBOARD)
    assert provider.reads == 1


@pytest.mark.parametrize("lost", ["calls", "contracts", "indicators"])
async def test_one_feed_of_several_is_lost_and_every_read_asks_again(lost: str) -> None:
    providers = services()
    async with client_of(app := gateway_before(*providers)) as client:
        await client.get(OVERVIEW)
        (follower,) = [one for one in app.state.service.followers if one.source == lost]
        follower.connected = False
        await client.get(OVERVIEW)
    assert [len(one.asked) for one in providers] == [4, 2, 2]


@pytest.mark.parametrize("positions", [(11, 10), (10, 11)], ids=str)
async def test_repeated_position_waits_for_the_greatest_however_often_read(positions: tuple[int, int]) -> None:
    provider = Indicators()
    async with client_of(app := gateway_in_front_of(provider)) as client:
        for _ in range(3):
            await client.get(DASHBOARD, headers={"Miernik-Position": "indicators=10"})
        provider.change("7010")
        seen = [("Miernik-Position", f"indicators={position}") for position in positions]
        read = asyncio.create_task(client.get(DASHBOARD, headers=seen))
        await asyncio.sleep(0)
        event_arrives(app, 11)
        answer = await read
    assert achieved(answer) == "7010"


@pytest.mark.parametrize("known_before", [False, True], ids=["written later", "known before"])
@pytest.mark.usefixtures("long_wait")
async def test_past_is_served_from_the_cache_to_readers_of_a_later_position(known_before: bool) -> None:
    provider = Indicators()
    past = {"known_at": "2011-09-01T00:00:00Z"}
    async with client_of(app := gateway_in_front_of(provider)) as client:
        if known_before:
            event_arrives(app, 12)
        await client.get(DASHBOARD, params=past)
        reading = client.get(DASHBOARD, params=past, headers={"Miernik-Position": "indicators=12"})
        answer = await asyncio.wait_for(reading, NEWS_SECONDS)
    assert (answer.status_code, provider.reads) == (200, 1)


@pytest.mark.usefixtures("long_wait")
async def test_past_that_is_not_in_the_cache_waits_for_no_position() -> None:
    past = {"known_at": "2011-09-01T00:00:00Z"}
    async with client_of(gateway_in_front_of(Indicators())) as client:
        reading = client.get(DASHBOARD, params=past, headers={"Miernik-Position": "indicators=12"})
        answer = await asyncio.wait_for(reading, NEWS_SECONDS)
    assert answer.status_code == 200


@pytest.mark.usefixtures("long_wait")
async def test_reader_of_another_services_position_is_served_from_the_cache() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        await client.get(DASHBOARD)
        reading = client.get(DASHBOARD, headers={"Miernik-Position": "calls=99"})
        await asyncio.wait_for(reading, NEWS_SECONDS)
    assert provider.reads == 1


@pytest.mark.usefixtures("long_wait")
async def test_reader_of_another_services_position_waits_for_no_news_of_it() -> None:
    async with client_of(gateway_in_front_of(Indicators())) as client:
        reading = client.get(DASHBOARD, headers={"Miernik-Position": "calls=99"})
        answer = await asyncio.wait_for(reading, NEWS_SECONDS)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", [OVERVIEW, LIST])
async def test_change_of_unnamed_families_makes_the_next_read_ask_again(path: str) -> None:
    providers = services()
    async with client_of(app := gateway_before(*providers)) as client:
        await client.get(path)
        app.state.gateway.known.record_unnamed_change("contracts", 11)
        await client.get(path)
    assert len(providers[1].asked) == 2


def entry(size: int, position: int = 1) -> Entry:
    return Entry(b"x" * size, "pl", {"indicators": position}, ())


def test_bodies_that_fill_the_cache_to_the_byte_are_all_kept() -> None:
    cache = ByteCache(200)
    cache.put("a", entry(100))
    cache.put("b", entry(100))
    assert (cache.get("a") is not None, cache.get("b") is not None, cache.size) == (True, True, 200)


def test_body_of_exactly_the_limit_is_kept() -> None:
    cache = ByteCache(100)
    cache.put("a", entry(100))
    assert cache.get("a") is not None


def test_body_over_the_limit_drops_its_predecessor_of_the_same_key() -> None:
    cache = ByteCache(100)
    cache.put("a", entry(100))
    cache.put("a", entry(101, position=2))
    assert (cache.get("a"), cache.size) == (None, 0)


def test_body_older_in_one_of_two_services_does_not_replace_the_newer() -> None:
    cache = ByteCache(1000)
    newer = Entry(b"newer", "pl", {"calls": 5, "contracts": 5}, ())
    cache.put("a", newer)
    cache.put("a", Entry(b"older", "pl", {"calls": 6, "contracts": 4}, ()))
    assert cache.get("a") is newer


async def test_stale_section_is_the_latest_read_and_not_the_last_to_arrive() -> None:
    provider = Indicators()
    async with client_of(gateway_in_front_of(provider)) as client:
        early_gate = provider.open = asyncio.Event()
        early = asyncio.create_task(client.get(DASHBOARD))
        while not provider.reads:  # noqa: ASYNC110 - the stand-in offers no event
            await asyncio.sleep(0)
        provider.change("7010")
        await client.post("/v1/submissions", json={})
        provider.open = asyncio.Event()
        provider.open.set()
        await client.get(DASHBOARD)
        early_gate.set()
        await early
        provider.change("7011")
        await client.post("/v1/submissions", json={})
        provider.failure = httpx.ConnectError("refused")
        stale = await client.get(DASHBOARD)
    section = json.loads(stale.content)["sections"][0]
    assert (section["status"], section["position"], achieved(stale)) == ("stale", 11, "7010")
