"""The report of the calls, of a made-up year at any day and moment, against a recomputation from what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.services.calls_service import CALLS, TREE, CallsService, call, running_calls

from miernik_local.provision import DatabaseUrls

APPLICATIONS = "/v1/applications"
START = date(2011, 1, 1)
NODES = [None, *(code for code, _, _ in TREE)]


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


@dataclass
class Ledger:
    """All that was sent, in order: `(moment, id, state)` of calls and of applications."""

    calls: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    applications: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)

    def expected(self, as_of: date, known_at: datetime) -> dict[str, tuple[Any, ...]]:
        """Expected rows of the report, recomputed call by call: title, node, budget, number and value."""
        known = {one: state for at, one, state in self.applications if at <= known_at}
        rows: dict[str, tuple[Any, ...]] = {}
        for at, one, state in self.calls:
            if at <= known_at and date.fromisoformat(state["valid_from"]) <= as_of:
                counted = [
                    Decimal(application["submitted_value_pln"])
                    for application in known.values()
                    if application["call"] == one and date.fromisoformat(application["submitted_on"]) <= as_of
                ]
                figures = (len(counted), str(sum(counted))) if counted else None
                rows[one] = (state["title"], state["node"], state["budget_pln"], figures)
        return rows


def a_day(random: Random) -> str:
    return (START + timedelta(days=random.randrange(365))).isoformat()


def a_call(random: Random, valid_from: str) -> dict[str, Any]:
    return call(
        node=random.choice(NODES), title=f"Konkurs {random.randrange(10**6)}", valid_from=valid_from,
        budget_pln=random.choice([None, "1000000.00", "2500000.50"]),
    )  # fmt: skip


def an_application(random: Random, calls: list[str]) -> dict[str, Any]:
    return {
        "node": random.choice(NODES),
        "call": random.choice([None, *calls]),
        "submitted_on": a_day(random),
        "submitted_value_pln": f"{random.randrange(10**8)}.{random.randrange(100):02d}",
    }


async def a_year(service: CallsService, random: Random) -> tuple[Ledger, list[datetime]]:
    """Calls and applications made and changed in any order; and moments at which something was known."""
    ledger, moments = Ledger(), []
    await service.add_tree()

    async def write(method: str, address: str, body: dict[str, Any], version: int | None) -> tuple[datetime, str]:
        headers = {"If-Match": f'"v{version}"'} if version else {}
        one = ok(await service.officer.request(method, address, json=body, headers=headers))["id"]
        ((at,),) = service.query("select at from head")
        return at, one

    current: dict[str, tuple[int, str]] = {}
    versions: dict[str, int] = {}
    for step in range(60):
        calls, kind = list(current), random.random()
        if kind < 0.25 or not calls:
            day = a_day(random)
            state = a_call(random, day)
            at, one = await write("POST", CALLS, state, None)
            current[one] = (1, day)
            ledger.calls.append((at, one, state))
        elif kind < 0.4:
            one = random.choice(calls)
            version, day = current[one]
            state = a_call(random, max(day, a_day(random)))
            at, _ = await write("PUT", f"{CALLS}/{one}", state, version)
            current[one] = (version + 1, state["valid_from"])
            ledger.calls.append((at, one, state))
        elif kind < 0.8 or not versions:
            state = an_application(random, calls)
            at, one = await write("POST", APPLICATIONS, state | {"number": str(step)}, None)
            versions[one] = 1
            ledger.applications.append((at, one, state))
        else:
            one = random.choice(list(versions))
            state = an_application(random, calls)
            at, _ = await write("PUT", f"{APPLICATIONS}/{one}", state, versions[one])
            versions[one] += 1
            ledger.applications.append((at, one, state))
        moments.append(at)
    return ledger, moments


def read_rows(report: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    def figures(row: dict[str, Any]) -> tuple[int, str] | None:
        known = row["applications"]
        return (known["number"], known["value_pln"]) if known else None

    return {row["call_id"]: (row["title"], row["code"], row["budget_pln"], figures(row)) for row in report["rows"]}


@pytest.mark.parametrize("seed", range(3))
async def test_the_report_is_what_a_recomputation_gives_on_any_day_at_any_moment(
    service: CallsService, seed: int
) -> None:
    random = Random(seed)
    ledger, moments = await a_year(service, random)
    for _ in range(12):
        as_of = START + timedelta(days=random.randrange(-5, 370))
        moment = random.choice(moments)
        then = await service.report("calls", as_of=as_of.isoformat(), known_at=moment.isoformat())
        assert read_rows(then) == ledger.expected(as_of, moment)
        now = await service.report("calls", as_of=as_of.isoformat())
        assert read_rows(now) == ledger.expected(as_of, moments[-1])
