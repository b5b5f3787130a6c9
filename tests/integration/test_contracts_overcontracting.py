"""Decisions on over-contracting: none makes legal what was signed before it was taken, and each is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

DECISIONS = "/v1/overcontracting-decisions"
Office = tuple[ContractsService, CallsFeed]


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        await service.grant(calls_feed.id_of("7.2"), "100")
        yield service, calls_feed


async def test_a_decision_cannot_hold_before_it_was_taken(office: Office) -> None:
    service, calls_feed = office
    decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "number": "1", "decided_on": "2011-10-05"}
    early = await service.post(DECISIONS, decision | {"valid_from": "2011-10-01"})
    assert_problem(early, 422, "valid_before_decided", at="/valid_from")
    backwards = await service.post(DECISIONS, decision | {"valid_from": "2011-10-01", "valid_to": "2011-09-30"})
    assert codes(backwards) == ["valid_before_decided", "validity_ends_before_it_begins"]
    ok(await service.post(DECISIONS, decision | {"valid_from": "2011-10-05"}))
    before = await service.sign("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-10-03")
    assert_problem(before, 409, "allocation_exceeded", limit="400.00")
    await service.signed("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-10-05")


async def test_a_number_stands_for_one_decision_of_a_node(office: Office) -> None:
    service, calls_feed = office
    decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "number": "1", "decided_on": "2011-02-01"}
    first, second = await asyncio.gather(
        service.post(DECISIONS, decision), service.post(DECISIONS, decision | {"limit_percent": "150"})
    )
    assert sorted((first.status_code, second.status_code)) == [201, 409]
    recorded, refused = (first, second) if first.is_success else (second, first)
    assert_problem(refused, 409, "decision_exists", decision=recorded.json()["id"])
    for other in ({"number": "2"}, {"node_id": calls_feed.id_of("7.3")}):
        ok(await service.post(DECISIONS, decision | other))
    assert service.query("select count(*) from overcontracting_decision") == [(3,)]
