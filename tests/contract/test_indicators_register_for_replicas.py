"""The territorial register in calls and contracts, from the feed that indicators really sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.regions.terc_files import GMINY, Gmina, changed, terc_file, without
from tests.support.services.asgi_server import served
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.calls_service import ORGANISATIONS, CallsService, running_calls
from tests.support.services.contracts_service import ContractsService, running_contracts
from tests.support.services.indicators_service import IndicatorsService, running_indicators
from tests.support.waiting import wait_for_repeated_query

from miernik_calls.followers.models import TERRITORIES
from miernik_calls.tables import tables
from miernik_indicators.app import DEFINITION
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.rebuild import reset_projection
from miernik_shared.territories import register
from miernik_shared.web.standard_endpoints import FEED_SCOPE

SECOND = terc_file(
    (*changed(without(GMINY, "041902"), "040802", kind="3"), Gmina("041202", "2", "Gąsawa")), "2015-01-01"
)
ROWS = "select * from territory order by code, kind, valid_from"


@dataclass
class Replicas:
    indicators: IndicatorsService
    calls: CallsService
    contracts: ContractsService
    calls_feed: CallsFeed

    async def register(self, territory: str, **headers: str) -> httpx.Response:
        body = {"name": f"Organizacja {territory}", "territory": territory}
        return await self.calls.officer.post(ORGANISATIONS, json=body, headers=headers)

    async def grant(self, territory: str, **more: Any) -> httpx.Response:
        body = {"node_id": self.calls_feed.id_of("7.3"), "amount_eur": "1", "effective_on": "2011-01-01"}
        return await self.contracts.post(
            "/v1/allocations", body | {"rate_source": "programming", "territory": territory} | more
        )

    async def until_equal(self) -> None:
        async with asyncio.timeout(10):
            while not self.calls.query(ROWS) == self.contracts.query(ROWS) == self.indicators.query(ROWS):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@pytest.fixture
async def replicas(database: DatabaseUrls) -> AsyncIterator[Replicas]:
    """Indicators without a register, and the two services that follow it."""
    async with AsyncExitStack() as stack:
        indicators = await stack.enter_async_context(running_indicators(database))
        address = await stack.enter_async_context(served(indicators.app))
        calls_feed = CallsFeed()
        calls_feed.priority_vii()
        calls_url = await stack.enter_async_context(served(calls_feed.app))
        calls = await stack.enter_async_context(running_calls(database, indicators_url=address))
        contracts = await stack.enter_async_context(
            running_contracts(database, indicators_url=address, calls_url=calls_url)
        )
        yield Replicas(indicators, calls, contracts, calls_feed)


async def test_without_a_register_no_code_is_refused(replicas: Replicas) -> None:
    assert (await replicas.register("201011")).status_code == 201
    assert (await replicas.grant("049901")).status_code == 201
    assert (await replicas.calls.officer.get(ORGANISATIONS, params={"territory": "201011"})).status_code == 200


async def test_code_is_known_in_each_service_right_after_the_import(replicas: Replicas) -> None:
    ok(await replicas.indicators.import_register())

    assert (await replicas.register("0402011")).status_code == 201
    assert (await replicas.grant("040201")).status_code == 201
    assert_problem(await replicas.register("201011"), 422, "territory_unknown", at="/territory")
    assert_problem(await replicas.register("408022"), 422, "territory_lost_zero", at="/territory", expected="0408022")
    assert_problem(await replicas.grant("0402012"), 422, "territory_of_other_kind", expected="0402011")


async def test_replicas_have_the_validity_of_the_owner(replicas: Replicas) -> None:
    ok(await replicas.indicators.import_register())
    ok(await replicas.indicators.import_register(SECOND))
    await replicas.until_equal()

    refused = await replicas.register("0419022")
    assert_problem(refused, 422, "territory_ended", successor="0412022", valid_to="2015-01-01")
    assert "0412022" in refused.json()["errors"][0]["message"]
    assert (await replicas.register("0408022")).status_code == 201, "a former kind of the gmina"
    assert (await replicas.grant("041902")).status_code == 201, "in force on the day of the grant"
    assert_problem(await replicas.grant("041902", effective_on="2015-01-01"), 422, "territory_ended")
    assert_problem(await replicas.grant("041202"), 422, "territory_not_yet", valid_from="2015-01-01")


async def test_organisation_keeps_a_code_that_ended(replicas: Replicas) -> None:
    ok(await replicas.indicators.import_register())
    made = ok(await replicas.register("0419022"))
    ok(await replicas.indicators.import_register(SECOND))
    await replicas.until_equal()
    address, match = f"{ORGANISATIONS}/{made['id']}", {"If-Match": '"v1"'}

    moved = await replicas.calls.officer.put(address, json={"name": "X", "territory": "041902"}, headers=match)
    renamed = await replicas.calls.officer.put(address, json={"name": "X", "territory": "0419022"}, headers=match)

    assert_problem(moved, 422, "territory_ended", at="/territory")
    assert ok(renamed)["name"] == "X"


@pytest.mark.parametrize("code", ["201011", "0499", "408022", "402"])
async def test_filter_with_a_code_that_never_was_is_refused(replicas: Replicas, code: str) -> None:
    ok(await replicas.indicators.import_register())
    await replicas.until_equal()
    lists = [(replicas.contracts, "/v1/allocations", "territory"), (replicas.calls, ORGANISATIONS, "territory"),
             (replicas.indicators, "/v1/reporting-units", "territory"),
             (replicas.indicators, "/v1/territories", "parent")]  # fmt: skip
    for service, path, name in lists:
        answer = await service.officer.get(path, params={name: code})
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/query/{name}"]


async def test_write_waits_for_the_register_that_is_on_its_way(replicas: Replicas, database: DatabaseUrls) -> None:
    ok(await replicas.indicators.import_register())
    await replicas.until_equal()
    with psycopg.connect(database.app["calls"]) as follower_held_up:
        follower_held_up.execute("select from follower_cursor where projection = 'territories' for update")
        ok(await replicas.indicators.import_register(SECOND))
        waiting = asyncio.create_task(replicas.register("0412022"))
        await wait_for_repeated_query(replicas.calls)

    assert (await waiting).status_code == 201


async def test_lagging_replica_answers_503_and_stores_nothing(
    replicas: Replicas, database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "WAIT_SECONDS", 0.1)
    ok(await replicas.indicators.import_register())
    await replicas.until_equal()
    key = {"Idempotency-Key": "a"}
    with psycopg.connect(database.app["calls"]) as follower_held_up:
        follower_held_up.execute("select from follower_cursor where projection = 'territories' for update")
        ok(await replicas.indicators.import_register(SECOND))
        refused = await replicas.register("0412022", **key)
        filtered = await replicas.calls.officer.get(ORGANISATIONS, params={"territory": "0412022"})
        known = await replicas.register("0402011")
    await replicas.until_equal()

    assert_problem(refused, 503, "register_not_current")
    assert (refused.headers["retry-after"], filtered.status_code) == ("1", 503)
    assert known.status_code == 201, "a known code needs no news"
    assert (await replicas.register("0412022", **key)).status_code == 201


async def test_rebuilt_replica_is_the_same_and_refuses_nothing_meanwhile(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "WAIT_SECONDS", 0.1)
    ok(await replicas.indicators.import_register())
    ok(await replicas.indicators.import_register(SECOND))
    await replicas.until_equal()
    async with replicas.calls.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, TERRITORIES)

    assert_problem(await replicas.register("0412022"), 503, "register_not_current")
    await replicas.indicators.add_indicator("7.1-1")
    await replicas.until_equal()


def test_indicators_lets_calls_follow_its_feed_and_do_nothing_else() -> None:
    assert DEFINITION.allowed_callers["calls"] == frozenset({FEED_SCOPE})
