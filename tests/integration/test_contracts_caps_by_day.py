"""Caps for late records: checked on their own day, and on every day with later signings."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.agreements import Office, conserved
from tests.support.services.contracts_service import ContractsService


async def revise(service: ContractsService, amount: str, since: str) -> None:
    """The one allocation of the office is another one from a day on."""
    (one,) = ok(await service.officer.get("/v1/allocations"))["items"]
    body = {"amount_eur": amount, "rate_source": "programming", "effective_on": since}
    match = {"If-Match": f'"v{one["revision"]}"'}
    ok(await service.officer.put(f"/v1/allocations/{one['id']}", json=body, headers=match))


def refused(answer: Any) -> tuple[int, str, str, str, str]:
    calls_feed = answer.json()
    return answer.status_code, calls_feed["node"], calls_feed["day"], calls_feed["limit"], calls_feed["used"]


async def test_annulled_agreement_can_be_recorded_again_after_later_signings(office: Office) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.2.1")
    first = await service.signed("1", node, "350")
    await revise(service, "300", "2011-04-01")
    await service.signed("2", node, "500", signed_on="2011-05-01")
    ok(await service.annul(first))
    await service.signed("1", node, "350")

    assert conserved(service) == Decimal(850)
    assert service.query("select distinct limit_pln from balance where limit_pln is not null") == [(1200,)]


@pytest.mark.parametrize("kind", ["grant", "framework"])
async def test_late_signing_is_checked_against_later_days_and_their_limits(office: Office, kind: str) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.2.1")
    await service.signed("1", node, "300", signed_on="2011-07-02", kind=kind)
    late = await service.sign("2", node, "0.01", signed_on="2011-06-30")

    assert refused(late) == (409, "7.2", "2011-07-02", "300.00", "300.00")
    assert conserved(service) == Decimal(300)


async def test_a_limit_that_fell_later_takes_nothing_from_what_was_signed_before(office: Office) -> None:
    """Recorded in time it would stand, and the fall after it would show more than 100 %, which is legal."""
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    await revise(service, "25", "2011-04-01")
    after = await service.amend(signed, "400", "2011-04-01")

    assert refused(after) == (409, "7.2", "2011-04-01", "100.00", "100.00")
    assert (await service.amend(signed, "400", "2011-03-31")).status_code == 201


async def test_a_measure_that_had_its_money_later_is_in_nobody_s_way(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100", effective_on="2011-05-01")
    await service.signed("1", calls_feed.id_of("7.3"), "400", signed_on="2011-05-02")
    await service.signed("2", calls_feed.id_of("7.2.1"), "390", signed_on="2011-03-01")
    over = await service.sign("3", calls_feed.id_of("7.2.1"), "10.01", signed_on="2011-03-01")

    assert refused(over) == (409, "7.2", "2011-03-01", "400.00", "390.00")


async def test_a_correction_by_a_grosz_is_held_to_its_own_day(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    await revise(service, "300", "2011-04-01")
    await service.signed("2", calls_feed.id_of("7.2.1"), "700", signed_on="2011-05-01")
    body = {name: signed[name] for name in ("number", "kind", "node_id", "signed_on")} | {"value_pln": "100.01"}
    path, match = f"/v1/agreements/{signed['id']}", {"If-Match": '"v1"'}

    assert ok(await service.officer.put(path, json=body, headers=match))["value_pln"] == "100.01"


async def test_an_earlier_day_further_over_its_limit_is_named_before_a_later_one(office: Office) -> None:
    service, calls_feed = office
    await revise(service, "500", "2011-07-01")
    await service.signed("1", calls_feed.id_of("7.2.1"), "1000", signed_on="2011-07-02")
    late = await service.sign("2", calls_feed.id_of("7.2.1"), "1000", signed_on="2011-06-01")

    assert refused(late) == (409, "7.2", "2011-06-01", "400.00", "0.00")


async def test_signing_before_the_first_allocation_is_refused_despite_later_ones(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100", effective_on="2011-05-01")
    await service.signed("1", calls_feed.id_of("7.3"), "100", signed_on="2011-05-02")
    early = await service.sign("2", calls_feed.id_of("7.3"), "10", signed_on="2011-03-01")

    assert_problem(early, 409, "allocation_unknown")


async def test_a_reduction_leaves_the_limits_of_the_balances(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    ok(await service.amend(signed, "50", "2011-04-01"))

    assert service.query("select limit_pln from balance where limit_pln is not null") == [(400,), (400,)]


FIRST = date(2011, 1, 1)
DAYS = 30


class Model:
    """One allocation and its agreements, recomputed from their lists."""

    def __init__(self) -> None:
        self.limits: dict[date, Decimal] = {date(2007, 1, 1): Decimal(400)}
        self.steps: list[tuple[date, Decimal]] = []

    def limit(self, day: date) -> Decimal:
        return self.limits[max(since for since in self.limits if since <= day)]

    def in_use(self, day: date, steps: list[tuple[date, Decimal]]) -> Decimal:
        return sum((value for at, value in steps if at <= day), Decimal(0))

    def takes(self, day: date, value: Decimal) -> bool:
        """Return whether each day with an increase, from this one on, stays within its limit."""
        steps = [*self.steps, (day, value)]
        rising = {at for at, _ in steps if at > day and sum(more for when, more in steps if when == at) > 0}
        return all(self.in_use(at, steps) <= self.limit(at) for at in {day, *rising})


@pytest.mark.parametrize("seed", range(3))
async def test_signings_and_terminations_in_any_order_match_a_recomputation(office: Office, seed: int) -> None:
    service, calls_feed = office
    random, model, open_ones, outcomes = Random(seed), Model(), list[dict[str, Any]](), list[bool]()
    for number in range(60):
        day, chance = FIRST + timedelta(random.randrange(DAYS)), random.random()
        if chance < 0.15:
            amount = random.randrange(50, 200)
            day = max(model.limits) + timedelta(random.randrange(1, 4))
            await revise(service, str(amount), day.isoformat())
            model.limits[day] = Decimal(amount) * 4
        elif chance < 0.3 and open_ones:
            ended = open_ones.pop(random.randrange(len(open_ones)))
            day = date.fromisoformat(ended["signed_on"]) + timedelta(random.randrange(DAYS))
            ok(await service.terminate(ended, day.isoformat()))
            model.steps.append((day, -Decimal(ended["value_pln"])))
        else:
            value = Decimal(random.randrange(1, 20000)) / 100
            answer = await service.sign(str(number), calls_feed.id_of("7.2.1"), str(value), signed_on=day.isoformat())
            assert (answer.status_code == 201) is model.takes(day, value), answer.text
            outcomes.append(answer.status_code == 201)
            if answer.status_code == 201:
                model.steps.append((day, value))
                open_ones.append(answer.json())

    assert {*outcomes} == {True, False}
    assert conserved(service) == model.in_use(date.max, model.steps)
