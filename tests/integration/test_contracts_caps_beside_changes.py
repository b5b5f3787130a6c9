"""A promise that is recorded after a change of its limit knows that change, whoever waits for whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.answers import assert_problem, ok, tokens_of
from tests.support.builders.agreements import Office
from tests.support.services.contracts_service import ContractsService

ROUNDS = 8
SIGNERS = 12


async def revise(service: ContractsService, amount: str, **query: str) -> httpx.Response:
    (one,) = ok(await service.officer.get("/v1/allocations"))["items"]
    body = {"amount_eur": amount, "rate_source": "programming", "effective_on": "2007-01-01"}
    match = {"If-Match": f'"v{one["revision"]}"'}
    return await service.officer.put(f"/v1/allocations/{one['id']}", json=body, headers=match, params=query)


async def lower_the_rate(service: ContractsService) -> httpx.Response:
    return await service.post(
        "/v1/exchange-rates", {"source": "programming", "effective_on": "2007-01-01", "rate": "2"}
    )


async def end_a_decision(service: ContractsService) -> httpx.Response:
    """A decision that is recorded later counts in place of the one before it."""
    (one,) = ok(await service.officer.get("/v1/overcontracting-decisions"))["items"]
    body = {"node_id": one["node_id"], "limit_percent": "100", "number": "2", "decided_on": "2011-01-01"}
    return await service.post("/v1/overcontracting-decisions", body)


CHANGES: dict[str, Callable[[ContractsService], Awaitable[httpx.Response]]] = {
    "allocation": lambda service: revise(service, "10"), "rate": lower_the_rate, "decision": end_a_decision,
}  # fmt: skip


@asynccontextmanager
async def balances_held(service: ContractsService) -> AsyncIterator[None]:
    """Hold the locks that a concurrent signing holds."""
    with psycopg.connect(service.urls.superuser) as other:
        other.execute("select from contracts.balance for update")
        yield


def position(answer: httpx.Response) -> int:
    assert answer.status_code in (200, 201), answer.text
    return int(answer.headers["miernik-position"].removeprefix("contracts="))


@pytest.mark.parametrize("change", CHANGES)
async def test_who_waited_for_the_balances_does_not_go_by_a_limit_of_before(office: Office, change: str) -> None:
    service, calls_feed = office
    body = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "200", "number": "1", "decided_on": "2011-01-01"}
    ok(await service.post("/v1/overcontracting-decisions", body))
    await service.signed("0", calls_feed.id_of("7.2.1"), "1")
    async with balances_held(service):
        signing = asyncio.create_task(service.sign("1", calls_feed.id_of("7.2.1"), "790"))
        await service.until_blocked(1, signing)
        changing = asyncio.ensure_future(CHANGES[change](service))
        await service.until_blocked(2, changing)
    signed, changed = await signing, await changing

    assert position(signed) < position(changed)
    assert_problem(await service.sign("2", calls_feed.id_of("7.2.1"), "1"), 409, "allocation_exceeded")


async def test_an_import_of_rates_waits_for_a_signing_by_the_former_rate(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100", rate_source="nbp_a")
    table = {"source": "nbp_a", "table_no": "40/A/NBP/2011", "effective_on": "2011-02-28", "rate": "4"}
    ok(await service.post("/v1/exchange-rates", table))
    await service.signed("0", calls_feed.id_of("7.3"), "1")
    corrected = {"no": "40/A/NBP/2011", "effectiveDate": "2011-02-28", "mid": 2}
    file = {"table": "A", "code": "EUR", "rates": [corrected]}
    async with balances_held(service):
        signing = asyncio.create_task(service.sign("1", calls_feed.id_of("7.3"), "390"))
        await service.until_blocked(1, signing)
        importing = asyncio.create_task(service.post("/v1/exchange-rate-imports?source=nbp_a", file))
        await service.until_blocked(2, importing)
    signed, imported = await signing, await importing

    assert position(signed) < position(imported)
    assert_problem(await service.sign("2", calls_feed.id_of("7.3"), "1"), 409, "allocation_exceeded")


async def test_news_of_an_application_wait_for_its_agreement_s_annulment(office: Office) -> None:
    """Both compute what moves in the list of recommended applications from what the other writes."""
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("1", None, "10", application_id=application)
    async with balances_held(service):
        annulling = asyncio.create_task(service.annul(signed))
        await service.until_blocked(1, annulling)
        calls_feed.accepted("W-1", "7.2.1", "2011-02-02", "60.00")
        learning = asyncio.create_task(service.wait_until_applied(calls_feed))
        await service.until_blocked(2, learning)
    ok(await annulling)
    await learning
    steps = "select effective_on::text, number, value_pln from contracting_rollup where kind = 'recommended'"

    assert service.query(f"{steps} and (number, value_pln) <> (0, 0)") == [("2011-02-02", 1, Decimal(60))]


async def test_nothing_is_signed_after_the_allocation_was_taken_away(office: Office) -> None:
    service, calls_feed = office
    nodes = [calls_feed.id_of(code) for code in ("7.2.1", "7.2.2")]
    signed = 0
    for number in range(ROUNDS):
        assert (await revise(service, "1000")).status_code == 200
        *answers, taken_away = await asyncio.gather(
            *(service.sign(f"{number}/{one}", nodes[one % 2], "1") for one in range(SIGNERS)), _take_away(service)
        )
        last = position(taken_away)
        signings = [position(one) for one in answers if one.status_code == 201]
        assert all(one < last for one in signings)
        signed += len(signings)

    assert service.used()["7.2"] == Decimal(signed)


async def _take_away(service: ContractsService) -> httpx.Response:
    """Allocate nothing any more, which the officer confirms."""
    (token,) = tokens_of(await revise(service, "0"))
    await asyncio.sleep(0.03)
    return await revise(service, "0", confirm=token)


async def test_who_takes_a_number_that_is_just_being_set_free_breaks_nobody_off(office: Office) -> None:
    """An annulment frees it where a signing takes it, after the balances: each of them waits for the other in turn."""
    service, calls_feed = office
    known: dict[str, Any] = {"external_ids": [{"system": "lsi", "value": "1"}]}
    first = await service.signed("1", calls_feed.id_of("7.2.1"), "10", **known)
    async with balances_held(service):
        signing = asyncio.create_task(service.sign("2", calls_feed.id_of("7.2.1"), "5", **known))
        await service.until_blocked(1, signing)
        annulling = asyncio.create_task(service.annul(first))
        await service.until_blocked(2, annulling)
    signed, annulled = await signing, await annulling

    assert_problem(signed, 409, "external_id_taken")
    assert annulled.json()["annulled"] is True
    assert service.used() == {}
