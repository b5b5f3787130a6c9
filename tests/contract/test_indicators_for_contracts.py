"""Replication of reporting units into contracts from the feed that indicators really sends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from tests.support.answers import ok
from tests.support.services.indicators_service import IndicatorsService, running_indicators
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import private_key

from miernik_contracts.app import DEFINITION
from miernik_contracts.followers.units_projection import PROJECTION, apply_unit_events
from miernik_contracts.tables import tables
from miernik_indicators.app import DEFINITION as INDICATORS
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.follower import ByPage, Follower
from miernik_shared.database import create_engine
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller, TokenSigner
from miernik_shared.web.standard_endpoints import FEED_SCOPE

EVENT_MEMBERS = ("events", "next", "position", "type", "families", "data")
UNIT_MEMBERS = ("id", "code", "kind", "name", "territory", "active_from", "active_to", "version")


@pytest.fixture
async def indicators(database: DatabaseUrls) -> AsyncIterator[IndicatorsService]:
    """Two units, of which one was closed; and events of other kinds in between."""
    async with running_indicators(database) as service:
        await service.import_register()
        await service.add_unit("040201")
        unit = await service.add_unit("040202")
        await service.add_indicator("7.1-1")
        state = {"name": "Ośrodek w Bobrowie", "active_from": "2004-05-01", "active_to": "2010-12-31"}
        headers = {"If-Match": '"v1"'}
        ok(await service.officer.put(f"/v1/reporting-units/{unit['id']}", json=state, headers=headers))
        yield service


@asynccontextmanager
async def following(urls: DatabaseUrls, provider: Any, **names: str) -> AsyncIterator[Follower]:
    """The follower of contracts, as its application makes it, in front of the provider in this process."""
    engine = create_engine(urls.app["contracts"], 2, 0)
    own = Caller(DEFINITION.name, DEFINITION.name, frozenset({FEED_SCOPE}))
    signer = TokenSigner(DEFINITION.name, json.loads(private_key(DEFINITION.name)))
    client = ServiceClient("indicators", "http://indicators", signer, own, RenamedAnswers(provider, names))
    follower = Follower(PROJECTION.name, client, engine, tables.change_log, ByPage(apply_unit_events))
    running = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()
        await engine.dispose()


async def eventually(holds: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def projected(urls: DatabaseUrls) -> list[tuple[Any, ...]]:
    query = """
        select id::text, code, kind, name, territory, active_from::text, active_to::text, version, learnt_at
        from reporting_unit order by code
    """
    with psycopg.connect(urls.app["contracts"]) as connection:
        return connection.execute(query).fetchall()


async def expected(service: IndicatorsService) -> list[tuple[Any, ...]]:
    positions = dict(
        service.query("select subject, max(position) from change where action like 'reporting-unit.%' group by subject")
    )
    listed = ok(await service.officer.get("/v1/reporting-units"))["items"]
    rows = [
        (*(unit[name] for name in UNIT_MEMBERS), positions[f"reporting-units/{unit['id']}"])
        for unit in sorted(listed, key=lambda unit: unit["code"])
    ]
    assert len(rows) == 2
    return rows


async def test_follower_replicates_the_current_state_of_every_unit(
    indicators: IndicatorsService, database: DatabaseUrls
) -> None:
    wanted = await expected(indicators)
    async with following(database, indicators.app) as follower:
        assert await eventually(lambda: follower.connected)
        assert projected(database) == wanted
        await indicators.add_unit("040203")
        assert await eventually(lambda: len(projected(database)) == 3), "news did not arrive by the long poll"
        assert follower.failure is None


@pytest.mark.parametrize("member", sorted({*EVENT_MEMBERS, *UNIT_MEMBERS}))
async def test_a_renamed_member_of_the_feed_is_noticed(
    indicators: IndicatorsService, database: DatabaseUrls, member: str
) -> None:
    wanted = await expected(indicators)
    async with following(database, indicators.app, **{member: f"{member}_renamed"}):
        assert not await eventually(lambda: projected(database) == wanted, seconds=0.4)


def test_indicators_lets_contracts_follow_its_feed_and_do_nothing_else() -> None:
    assert INDICATORS.allowed_callers["contracts"] == frozenset({FEED_SCOPE})
