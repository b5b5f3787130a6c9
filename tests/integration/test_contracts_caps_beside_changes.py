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
from tests.support.agreements import Both
from tests.support.contracts_service import ContractsService
from tests.support.indicators_service import taken

ROUNDS = 8
SIGNERS = 12


async def revise(service: ContractsService, amount: str) -> httpx.Response:
    (one,) = taken(await service.officer.get("/v1/allocations"))["items"]
    body = {"amount_eur": amount, "rate_source": "programming", "effective_on": "2007-01-01"}
    match = {"If-Match": f'"v{one["revision"]}"'}
    return await service.officer.put(f"/v1/allocations/{one['id']}", json=body, headers=match)


async def lower_the_rate(service: ContractsService) -> httpx.Response:
    return await service.post(
        "/v1/exchange-rates", {"source": "programming", "effective_on": "2007-01-01", "rate": "1"}
    )


async def end_a_decision(service: ContractsService) -> httpx.Response:
    """A decision that is recorded later counts in place of the one before it."""
    (one,) = taken(await service.officer.get("/v1/overcontracting-decisions"))["items"]
    body = {"node_id": one["node_id"], "limit_percent": "100", "number": "2", "decided_on": "2011-01-01"}
    return await service.post("/v1/overcontracting-decisions", body)


CHANGES: dict[str, Callable[[ContractsService], Awaitable[httpx.Response]]] = {
    "allocation": lambda service: revise(service, "10"), "rate": lower_the_rate, "decision": end_a_decision,
}  # fmt: skip


@asynccontextmanager
async def balances_held(service: ContractsService) -> AsyncIterator[None]:
    """As by someone who signs beside us."""
    with psycopg.connect(service.urls.superuser) as other:
        other.execute("select from contracts.balance for update")
        yield


def position(answer: httpx.Response) -> int:
    assert answer.status_code in (200, 201), answer.text
    return int(answer.headers["miernik-position"].removeprefix("contracts="))


@pytest.mark.parametrize("change", CHANGES)
async def test_who_waited_for_the_balances_does_not_go_by_a_limit_of_before(both: Both, change: str) -> None:
    service, told = both
    body = {"node_id": told.id_of("7.2"), "limit_percent": "200", "number": "1", "decided_on": "2011-01-01"}
    taken(await service.post("/v1/overcontracting-decisions", body))
    await service.signed("0", told.id_of("7.2.1"), "1")
    async with balances_held(service):
        signing = asyncio.create_task(service.sign("1", told.id_of("7.2.1"), "790"))
        await asyncio.sleep(0.3)
        changing = asyncio.ensure_future(CHANGES[change](service))
        await asyncio.sleep(0.3)
    signed, changed = await signing, await changing
    assert position(signed) < position(changed)
    assert (await service.sign("2", told.id_of("7.2.1"), "1")).json()["code"] == "allocation_exceeded"


async def test_nothing_is_signed_after_the_allocation_was_taken_away(both: Both) -> None:
    service, told = both
    nodes = [told.id_of(code) for code in ("7.2.1", "7.2.2")]
    signed = 0
    for number in range(ROUNDS):
        assert (await revise(service, "1000")).status_code == 200
        *answers, taken_away = await asyncio.gather(
            *(service.sign(f"{number}/{one}", nodes[one % 2], "1") for one in range(SIGNERS)), _later(service)
        )
        last = position(taken_away)
        signings = [position(one) for one in answers if one.status_code == 201]
        assert all(one < last for one in signings)
        signed += len(signings)
    assert service.used()["7.2"] == Decimal(signed)


async def _later(service: ContractsService) -> httpx.Response:
    await asyncio.sleep(0.03)
    return await revise(service, "0")


async def test_who_takes_a_number_that_is_just_being_set_free_breaks_nobody_off(both: Both) -> None:
    """An annulment frees it where a signing takes it, after the balances: each of them waits for the other in turn."""
    service, told = both
    known: dict[str, Any] = {"external_ids": [{"system": "lsi", "value": "1"}]}
    first = await service.signed("1", told.id_of("7.2.1"), "10", **known)
    async with balances_held(service):
        signing = asyncio.create_task(service.sign("2", told.id_of("7.2.1"), "5", **known))
        await asyncio.sleep(0.3)
        annulling = asyncio.create_task(service.annul(first))
        await asyncio.sleep(0.3)
    signed, annulled = await signing, await annulling
    assert (signed.status_code, signed.json()["code"]) == (409, "external_id_taken")
    assert annulled.json()["annulled"] is True
    assert service.used() == {}
