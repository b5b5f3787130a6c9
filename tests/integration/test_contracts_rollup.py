"""The rollup equals the fold of the facts, now and at every past moment, for writes in any order.

Money is conserved: the sum of the versions is that of the rollup and that of the balance.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.answers import ok
from tests.support.oracles.contracting_oracle import KnownAgreement, KnownApplication, Ledger
from tests.support.services.contracts_service import ContractsService, running_contracts

from miernik_contracts.followers.calls_projection import apply_calls_page
from miernik_contracts.reports import differences
from miernik_contracts.reports.figures import Figures, figures_from_facts, figures_now
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import Event

FIRST = date(2011, 1, 1)
DAYS = [FIRST + timedelta(number) for number in range(-1, 10)]
APPLICATIONS, NODES = 4, 2
days = st.integers(0, 8).map(lambda number: FIRST + timedelta(number))
perhaps = st.none() | days
values = st.decimals(min_value="0.01", max_value="99.99", places=2)
happenings = st.one_of(
    st.tuples(st.just("send_application"), st.integers(0, APPLICATIONS - 1), perhaps, values, perhaps, perhaps,
              st.none() | st.integers(0, NODES - 1), st.booleans()),
    st.tuples(st.just("signed"), st.none() | st.integers(0, APPLICATIONS - 1), st.integers(0, NODES - 1), days, values,
              st.sampled_from(["grant", "framework"])),
    st.tuples(st.just("amended"), st.integers(0, 9), days, values),
    st.tuples(st.just("terminated"), st.integers(0, 9), days),
    st.tuples(st.just("corrected"), st.integers(0, 9), values),
    st.tuples(st.just("annulled"), st.integers(0, 9)),
    st.tuples(st.just("application_annulled"), st.integers(0, APPLICATIONS - 1)),
)  # fmt: skip


class Office:
    """One office in which things happen; a ledger keeps what they come to."""

    def __init__(self, service: ContractsService, office: str, positions: Any) -> None:
        self.service = service
        self.office = office
        self.positions = positions
        self.ledger = Ledger()
        self.priority = str(uuid4())
        self.nodes = [str(uuid4()) for _ in range(NODES)]
        self.applications = [str(uuid4()) for _ in range(APPLICATIONS)]
        self.numbers = count(1)
        self.freed: list[str] = []
        self.told: dict[str, dict[str, Any]] = {}

    async def begin(self) -> None:
        codes = ["VII", *(f"7.{number}" for number in range(1, NODES + 1))]
        for code, node in zip(codes, [self.priority, *self.nodes], strict=True):
            parent = None if node == self.priority else self.priority
            state = {"id": node, "office": self.office, "code": code, "level": "measure", "parent_id": parent,
                     "name": code, "selection_mode": None, "version": 1, "valid_from": "2007-01-01"}  # fmt: skip
            await self.page(("programme-node.defined", state))
        await self.service.grant(self.priority, "1000000")

    async def page(self, *told: tuple[str, dict[str, Any]]) -> None:
        """Append events of calls, as one page of its feed."""
        events = [
            Event(
                id="calls/0", source="/calls", type=f"pl.miernik.calls.{action}", subject="x", families=[], data=data,
                time="2011-01-01T00:00:00Z", position=next(self.positions),
            )
            for action, data in told
        ]  # fmt: skip
        async with self.service.app.state.service.engine.begin() as connection:
            await apply_calls_page(connection, events)

    async def happens(self, what: str, *arguments: Any) -> None:
        await getattr(self, what)(*arguments)

    async def send_application(
        self, number: int, accepted_on: date | None, value: Decimal, withdrawn_on: date | None,
        rejected_on: date | None, node: int | None, twice: bool,
    ) -> None:  # fmt: skip
        one = KnownApplication(
            self.applications[number], None if node is None else self.nodes[node], accepted_on, value, withdrawn_on,
            rejected_on,
        )  # fmt: skip
        state = {
            "id": one.id, "number": f"W-{number}", "office": self.office, "node_id": one.node, "version": 1,
            "accepted_on": _iso(accepted_on), "accepted_value_pln": str(value) if accepted_on else None,
            "withdrawn_on": _iso(withdrawn_on), "rejected_on": _iso(rejected_on),
        }  # fmt: skip
        self.told[one.id] = state
        earlier = state | {"accepted_on": "2011-01-05", "accepted_value_pln": "7.00"}
        events = [
            ("applications.changed", {"applications": [some]}) for some in ([earlier, state] if twice else [state])
        ]
        await self.page(*events)
        self.ledger.applications[one.id] = one

    async def signed(self, number: int | None, node: int, on: date, value: Decimal, kind: str) -> None:
        application = None if number is None else self.applications[number]
        known = self.ledger.applications.get(application or "")
        node_id = known.node if known and known.node else self.nodes[node]
        agreement_no = self.freed[-1] if self.freed else f"U-{next(self.numbers)}"
        answer = await self.service.sign(
            agreement_no, node_id, str(value), kind=kind, signed_on=on.isoformat(), application_id=application
        )
        if application and not self.ledger.may_be_signed(application, on):
            assert answer.json()["code"] in ("application_already_signed", "application_given_up")
            return
        assert answer.status_code == 201, answer.text
        signed = KnownAgreement(answer.json()["id"], node_id, kind, application, on, [(on, value)], number=agreement_no)
        self.ledger.agreements.append(signed)
        self.freed = self.freed[:-1]

    async def amended(self, number: int, on: date, value: Decimal) -> None:
        if not self.ledger.agreements:
            return
        one = self.ledger.agreements[number % len(self.ledger.agreements)]
        answer = await self.service.amend({"id": one.id, "version": one.version}, str(value), on.isoformat())
        refused = 422 if on < one.signed_on else 201
        assert answer.status_code == (409 if one.terminated_on else refused), answer.text
        if answer.is_success:
            one.values.append((on, value))
            one.version += 1

    async def terminated(self, number: int, on: date) -> None:
        if not self.ledger.agreements:
            return
        one = self.ledger.agreements[number % len(self.ledger.agreements)]
        answer = await self.service.terminate({"id": one.id, "version": one.version}, on.isoformat())
        refused = 422 if on < one.signed_on else 201
        assert answer.status_code == (409 if one.terminated_on else refused), answer.text
        if answer.is_success:
            one.terminated_on = on
            one.version += 1

    async def corrected(self, number: int, value: Decimal) -> None:
        if not self.ledger.agreements:
            return
        one = self.ledger.agreements[number % len(self.ledger.agreements)]
        body = {
            "number": one.number, "kind": one.kind, "application_id": one.application, "node_id": one.node,
            "signed_on": one.signed_on.isoformat(), "value_pln": str(value),
        }  # fmt: skip
        match = {"If-Match": f'"v{one.version}"'}
        answer = await self.service.officer.put(f"/v1/agreements/{one.id}", json=body, headers=match)
        changed = (one.signed_on, value) != one.values[0]
        assert answer.status_code == (409 if changed and one.terminated_on else 200), answer.text
        if answer.is_success and changed:
            one.values[0] = (one.signed_on, value)
            one.version += 1

    async def annulled(self, number: int) -> None:
        """Taken out of the ledger; what the ledger came to before has been written down."""
        if not self.ledger.agreements:
            return
        one = self.ledger.agreements.pop(number % len(self.ledger.agreements))
        ok(await self.service.annul({"id": one.id, "version": one.version}))
        self.freed.append(one.number)

    async def application_annulled(self, number: int) -> None:
        """Annulled in calls, where the right one is registered anew; an agreement in force stays."""
        wrong = self.applications[number]
        if self.ledger.applications.pop(wrong, None) is None:
            return
        state = self.told[wrong] | {"annulled": True, "version": 2}
        await self.page(("applications.annulled", {"applications": [state]}))
        self.applications[number] = str(uuid4())
        answer = await self.service.sign("U-0", state["node_id"] or self.nodes[0], "1", application_id=wrong)
        assert answer.json()["code"] in ("application_annulled", "application_already_signed"), answer.text

    def position(self) -> int:
        return self.service.query("select position from head")[0][0]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _plain(figures: Figures) -> dict[tuple[str, str], tuple[int, Decimal]]:
    return {
        (str(place.node_id), place.kind): (figure.number, figure.value_pln)
        for place, figure in figures.items()
        if figure.number or place.kind in ("grant", "framework")
    }


@pytest.fixture(scope="module")
async def service(module_database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(differences, "SHOWN_DIFFERENCES", 1_000_000)
        async with running_contracts(module_database, wait_for_calls_seconds=0) as running:
            await running.add_rate("4", "2007-01-01")
            yield running


offices, positions = count(10), count(1)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(happenings, min_size=1, max_size=14))
async def test_the_rollup_is_the_fold_of_the_facts(service: ContractsService, happened: list[tuple[Any, ...]]) -> None:
    # Hypothesis repeats what fails: each time in an office of its own.
    office = Office(service, str(next(offices)), positions)
    await office.begin()
    moments = []
    for one in happened:
        await office.happens(*one)
        moments.append((office.position(), {day: office.ledger.on(day) for day in DAYS[::3]}))
    async with service.app.state.service.engine.connect() as connection:
        for day in DAYS:
            assert _plain(await figures_now(connection, office.office, day)) == office.ledger.on(day), day
        for position, expected in moments:
            for day, figures in expected.items():
                folded = await figures_from_facts(connection, office.office, day, position)
                assert _plain(folded) == figures, (position, day)
    await _assert_money_is_conserved(service, office)
    for day in DAYS[1::3]:
        await _assert_every_difference_has_its_reason(service, office, day)


async def _assert_every_difference_has_its_reason(service: ContractsService, office: Office, day: date) -> None:
    """Assert that the differences of the reconciliation add up to those of its rows, node by node."""
    # All offices: there are more of them here than voivodeships, and only of these one can be asked for alone.
    query = {"office": "PL", "as_of": day.isoformat()}
    answer = ok(await service.officer.get("/v1/reports/reconciliation", params=query))
    rows, found = ([one for one in answer[name] if one["office"] == office.office] for name in ("rows", "differences"))
    left = {
        row["node_id"]: (row["difference"]["number"], Decimal(row["difference"]["value_pln"]))
        for row in rows
        if row["kind"] != "total" and not row["reconciled"]
    }
    explained: dict[str | None, tuple[int, Decimal]] = {}
    for one in found:
        number, value = explained.get(one["node_id"], (0, Decimal(0)))
        moved = one["difference"]
        explained[one["node_id"]] = (number + moved["number"], value + Decimal(moved["value_pln"]))
    assert {node: sums for node, sums in explained.items() if sums != (0, 0)} == left
    assert answer["difference_count"] == len(answer["differences"])


async def _assert_money_is_conserved(service: ContractsService, office: Office) -> None:
    last = date(2099, 1, 1)
    versions = sum((one.value_on(last) or Decimal(0) for one in office.ledger.agreements), Decimal(0))
    rolled = service.query(
        "select coalesce(sum(value_pln), 0) from contracting_rollup"
        " where office = %s and kind in ('grant', 'framework')",
        office.office,
    )
    used = service.query("select coalesce(sum(used_pln), 0) from balance where node_id = %s", office.priority)
    assert versions == rolled[0][0] == used[0][0]
    for node in office.nodes:
        of_node = [one.value_on(last) or Decimal(0) for one in office.ledger.agreements if one.node == node]
        used = service.query("select coalesce(sum(used_pln), 0) from balance where node_id = %s", node)
        assert sum(of_node, Decimal(0)) == used[0][0]
