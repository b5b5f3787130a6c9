"""Replication of the programme tree into contracts: once, in pages, with its own positions, and again by a rebuild."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from tests.support.answers import ok
from tests.support.services.asgi_server import served
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls, running_contracts
from tests.support.waiting import long_poll_signalled

from miernik_contracts.followers.calls_projection import PROJECTION
from miernik_contracts.followers.queries import node_states
from miernik_contracts.followers.tree import build_tree
from miernik_contracts.tables import tables
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.rebuild import reset_projection

Office = tuple[ContractsService, CallsFeed]
STOPPED = "calls/10: KeyError"
LEARNT = "select action, event->'families', after from change where action = 'programme.learnt' order by position"


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database) as running:
        yield running


async def tree(service: ContractsService, day: date | None = None, position: int | None = None) -> list[Any]:
    async with service.app.state.service.engine.connect() as connection:
        return list(build_tree(await node_states(connection, "04", position), day).in_order())


async def test_a_page_of_events_is_one_change_of_our_own(office: Office) -> None:
    service, calls_feed = office
    nodes = await tree(service)
    assert [node.code for node in nodes] == ["VII", "7.1", "7.1.1", "7.1.2", "7.1.3", "7.2", "7.2.1", "7.2.2", "7.3"]
    learnt = service.query(LEARNT)
    assert learnt == [
        ("programme.learnt", ["programme"], {"source": "calls", "up_to": 9, "nodes": 9, "applications": 0})
    ]
    calls_feed.happens("call.announced", "calls/x", {"what": "is of no interest here"})
    await service.wait_until_applied(calls_feed)
    assert len(service.query(LEARNT)) == 1


async def test_a_page_about_applications_names_each_of_their_offices_once(office: Office) -> None:
    service, calls_feed = office
    calls_feed.applications_change(*(calls_feed.application(f"W-{number}", "7.3") for number in range(2)))
    await service.wait_until_applied(calls_feed)
    assert service.query(LEARNT)[-1][1] == ["recommended:04"]
    calls_feed.applications_change(
        calls_feed.application("W-9", None, office="32"), calls_feed.application("W-8", "7.3")
    )
    await service.wait_until_applied(calls_feed)
    assert service.query(LEARNT)[-1][1] == ["recommended:04", "recommended:32"]


async def test_a_later_version_holds_from_its_day_and_is_known_from_its_position(office: Office) -> None:
    service, calls_feed = office
    calls_feed.node("7.3", "measure", "VII", name="Inicjatywy na rzecz aktywnej integracji", valid_from="2011-01-01")
    await service.wait_until_applied(calls_feed)
    names = {day: (await tree(service, date(day, 1, 1)))[-1].name for day in (2005, 2010, 2011)}

    assert names == {2005: "Inicjatywy lokalne", 2010: "Inicjatywy lokalne",
                     2011: "Inicjatywy na rzecz aktywnej integracji"}  # fmt: skip
    assert (await tree(service, date(2011, 1, 1), position=1))[-1].name == "Inicjatywy lokalne"


async def test_codes_are_in_the_order_of_their_parts(office: Office) -> None:
    service, calls_feed = office
    for code in ("7.10", "IX", "7.2.10", "7.2.3"):
        calls_feed.node(
            code, "sub_measure" if code.count(".") == 2 else "measure", "7.2" if code.count(".") == 2 else "VII"
        )
    await service.wait_until_applied(calls_feed)
    codes = [node.code for node in await tree(service)]

    assert codes[codes.index("7.2") :] == ["7.2", "7.2.1", "7.2.2", "7.2.3", "7.2.10", "7.3", "7.10", "IX"]


async def test_a_rebuild_learns_nothing_twice(office: Office) -> None:
    service, calls_feed = office
    before = service.query("select * from programme_node_state order by id")
    async with service.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, PROJECTION)
    calls_feed.node("7.4", "measure", "VII")
    await service.wait_until_applied(calls_feed)

    assert [row for row in service.query("select * from programme_node_state order by id") if row in before] == before
    assert [after["nodes"] for _, _, after in service.query(LEARNT)] == [9, 1]


async def test_a_rebuild_adds_what_was_understood_otherwise_and_dates_it_now(office: Office) -> None:
    service, calls_feed = office
    calls_feed.events[-1]["data"]["name"] = "Tak naprawdę"
    async with service.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, PROJECTION)
    calls_feed.node("7.4", "measure", "VII")
    await service.wait_until_applied(calls_feed)

    assert (await tree(service))[-2].name == "Tak naprawdę"
    assert (await tree(service, position=1))[-1].name == "Inicjatywy lokalne"


async def test_an_event_that_cannot_be_applied_stops_the_feed_there_and_not_before(database: DatabaseUrls) -> None:
    calls_feed = CallsFeed()
    calls_feed.priority_vii()
    calls_feed.happens("programme-node.defined", "programme-nodes/x", {"id": "none"})
    calls_feed.node("7.4", "measure", "VII")
    async with served(calls_feed.app) as address, running_contracts(database, calls_url=address) as service:
        async with asyncio.timeout(20):
            while (await service.operations.get("/ready")).json()["failures"] != [STOPPED]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert service.query("select position, failed_position from follower_cursor where source = 'calls'") == [
            (9, 10)
        ]
        assert len(await tree(service)) == 9
        calls_feed.events[9]["type"] = "pl.miernik.calls.something.else"
        await service.wait_until_applied(calls_feed)
        assert len(await tree(service)) == 10
        assert (await service.operations.get("/ready")).json()["failures"] == []


async def test_two_replicas_learn_each_page_once(database: DatabaseUrls) -> None:
    calls_feed = CallsFeed()
    calls_feed.priority_vii()
    async with (
        served(calls_feed.app) as address,
        running_contracts(database, calls_url=address) as service,
        running_contracts(database, calls_url=address),
    ):
        for number in range(4, 30):
            calls_feed.node(f"7.{number}", "measure", "VII")
            if number % 5 == 0:
                await asyncio.sleep(0.05)
        await service.wait_until_applied(calls_feed)
        assert service.query("select count(*), count(distinct id) from programme_node_state") == [(35, 35)]
        assert sum(after["nodes"] for _, _, after in service.query(LEARNT)) == 35


async def test_our_feed_tells_its_readers_at_once(office: Office) -> None:
    service, calls_feed = office
    with long_poll_signalled(service.app) as begun:
        waiting = asyncio.create_task(service.officer.get("/v1/events?after=1&timeout=20"))
        await begun.wait()
    calls_feed.node("7.4", "measure", "VII")
    events = ok(await waiting)["events"]

    assert [(event["type"], event["families"]) for event in events] == [
        ("pl.miernik.contracts.programme.learnt", ["programme"])
    ]
    assert UUID(calls_feed.id_of("7.4"))
