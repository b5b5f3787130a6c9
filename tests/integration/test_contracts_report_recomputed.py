"""The contracting report equals a plain recomputation, on any day and as known at any moment.

Also after half of the applications were sent again at once, some agreements annulled, allocations revised and rates
corrected.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.oracles.contracting_oracle import KnownAgreement, KnownApplication, Ledger
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

FIRST, DAYS = date(2011, 1, 1), 200
LEAVES = ("7.1.1", "7.1.2", "7.1.3", "7.2.1", "7.2.2", "7.3")
ALLOCATED_EUR = {"7.1": 100_000, "7.2": 60_000, "7.3": 30_000}
START = date(2007, 1, 1)
REPORT = "/v1/reports/contracting"


@dataclass
class Moment:
    """Events known at an instant."""

    instant: str
    ledger: Ledger


class Region:
    """Applications and agreements that come and change at random, with a ledger of them."""

    def __init__(self, service: ContractsService, calls_feed: CallsFeed, random: Random) -> None:
        self.service, self.calls_feed, self.random = service, calls_feed, random
        self.ledger = Ledger()
        self.moments: list[Moment] = []
        self.granted: dict[str, dict[str, Any]] = {}

    def day(self, after: date = FIRST) -> date:
        return after + timedelta(self.random.randrange(DAYS - (after - FIRST).days))

    def value(self) -> Decimal:
        return Decimal(self.random.randrange(1, 100_000)) / 100

    async def told_at_once(self, numbers: list[int]) -> None:
        """One list of applications, each with a new state."""
        states = [self._state(number) for number in numbers]
        self.calls_feed.applications_change(*states)
        await self.service.wait_until_applied(self.calls_feed)

    def _state(self, number: int) -> dict[str, Any]:
        name, node = f"W-{number}", self.random.choice([*LEAVES, None])
        accepted_on = self.day() if self.random.random() < 0.8 else None
        value = self.value()
        ended_on = self.day(accepted_on) if accepted_on and self.random.random() < 0.2 else None
        state = self.calls_feed.application(
            name, node, accepted_on=accepted_on and accepted_on.isoformat(),
            accepted_value_pln=accepted_on and str(value), withdrawn_on=ended_on and ended_on.isoformat(),
        )  # fmt: skip
        known = KnownApplication(state["id"], state["node_id"], accepted_on, value, ended_on, None)
        self.ledger.applications[known.id] = known
        return state

    async def sign(self, number: str) -> None:
        """An agreement, every other time for an application that has none."""
        on, value, node = self.day(), self.value(), self.calls_feed.id_of(self.random.choice(LEAVES))
        free = [one for one in self.ledger.applications.values() if one.node and self.ledger.may_be_signed(one.id, on)]
        chosen = self.random.choice(free) if free and self.random.random() < 0.5 else None
        node, application = (chosen.node or node, chosen.id) if chosen else (node, None)
        signed = await self.service.signed(
            number, node, str(value), signed_on=on.isoformat(), application_id=application
        )
        self.ledger.agreements.append(KnownAgreement(signed["id"], node, "grant", application, on, [(on, value)]))

    async def change(self, one: KnownAgreement) -> None:
        on, value, known = self.day(one.signed_on), self.value(), {"id": one.id, "version": one.version}
        if self.random.random() < 0.2:
            ok(await self.service.terminate(known, on.isoformat()))
            one.terminated_on = on
        else:
            ok(await self.service.amend(known, str(value), on.isoformat()))
            one.values.append((on, value))
        one.version += 1

    async def annul(self, one: KnownAgreement) -> None:
        ok(await self.service.annul({"id": one.id, "version": one.version}))
        self.ledger.agreements.remove(one)

    async def add_rate(self, since: date, rate: Decimal) -> None:
        await self.service.add_rate(str(rate), since.isoformat())
        self.ledger.rates.append((since, rate))

    async def grant(self, code: str, amount: Decimal) -> None:
        node = self.calls_feed.id_of(code)
        self.granted[code] = await self.service.grant(node, str(amount))
        self.ledger.allocations[node] = [(START, amount)]

    async def revise(self, code: str) -> None:
        """Another amount, wide enough for all that is ever signed, from any day on, the first one too."""
        granted, since = self.granted[code], self.random.choice([START, self.day()])
        amount = Decimal(self.random.randrange(2_000_000, 20_000_000)) / 100
        state = {"amount_eur": str(amount), "rate_source": "programming", "effective_on": since.isoformat()}
        path, match = f"/v1/allocations/{granted['id']}", {"If-Match": f'"v{granted["revision"]}"'}
        self.granted[code] = ok(await self.service.officer.put(path, json=state, headers=match))
        self.ledger.allocations[granted["node_id"]].append((since, amount))

    async def change_money(self) -> None:
        """A correction of the first rate, a later rate, and a revision of each allocation."""
        for since in (START, self.day()):
            await self.add_rate(since, Decimal(self.random.randrange(30_000, 50_000)) / 10_000)
        for code in ALLOCATED_EUR:
            await self.revise(code)

    def remember(self) -> None:
        (now,) = self.service.query("select clock_timestamp()")[0]
        self.moments.append(Moment(now.isoformat(), deepcopy(self.ledger)))


async def lived_through(region: Region) -> None:
    await region.add_rate(START, Decimal(4))
    for code, amount in ALLOCATED_EUR.items():
        await region.grant(code, Decimal(amount))
    await region.told_at_once(list(range(40)))
    region.remember()
    for number in range(20):
        await region.sign(f"U-{number}")
    region.remember()
    for one in region.ledger.agreements[::2]:
        await region.change(one)
    await region.told_at_once(region.random.sample(range(40), 20))
    region.remember()
    await region.change_money()
    region.remember()
    standing = [one for one in region.ledger.agreements if one.terminated_on is None]
    for one in standing[::3]:
        await region.change(one)
    await region.told_at_once(region.random.sample(range(40), 20))
    region.remember()
    for one in region.random.sample(region.ledger.agreements, 7):
        await region.annul(one)
    for number in range(20, 24):
        await region.sign(f"U-{number}")
    await region.change_money()
    region.remember()


def expected(region: Region, ledger: Ledger, day: date) -> dict[str, tuple[int, Decimal, int, Decimal]]:
    """Signed and recommended by code of the node; OGÓŁEM under `total`."""
    codes: dict[str | None, str] = {region.calls_feed.id_of(code): code for code in LEAVES}
    sums: dict[str, list[Any]] = {}
    for (node, kind), (number, value) in ledger.on(day).items():
        if kind not in ("grant", "framework", "recommended"):
            continue
        place = 2 if kind == "recommended" else 0
        for key in (codes.get(node, "unassigned"), "total"):
            row = sums.setdefault(key, [0, Decimal(0), 0, Decimal(0)])
            row[place] += number
            row[place + 1] += value
    return {key: tuple(row) for key, row in sums.items() if any(row)}  # type: ignore[misc]


def read_sums(report: dict[str, Any]) -> dict[str, tuple[int, Decimal, int, Decimal]]:
    rows: dict[str, list[Any]] = {}
    for row in report["rows"]:
        key = row["code"] or row["kind"]
        sums = rows.setdefault(key, [0, Decimal(0), 0, Decimal(0)])
        for place, name in ((0, "signed"), (2, "recommended")):
            figure = row[name] or {"number": None, "value_pln": None}
            sums[place] += figure["number"] or 0
            sums[place + 1] += Decimal(figure["value_pln"] or 0)
    return {key: tuple(row) for key, row in rows.items() if any(row)}  # type: ignore[misc]


RECONCILIATION = "/v1/reports/reconciliation"
SIDES = ("accepted", "signed", "recommended")


def expected_sides(region: Region, ledger: Ledger, day: date) -> dict[str, list[tuple[int, Decimal]]]:
    """Accepted, signed and recommended by code of the node; all of them under `total`."""
    codes: dict[str | None, str] = {region.calls_feed.id_of(code): code for code in LEAVES}
    side_of = {"accepted": 0, "grant": 1, "framework": 1, "recommended": 2}
    sums: dict[str, list[tuple[int, Decimal]]] = {}
    for (node, kind), (number, value) in ledger.on(day).items():
        for key in (codes.get(node, "unassigned"), "total"):
            row = sums.setdefault(key, [(0, Decimal(0))] * 3)
            row[side_of[kind]] = (row[side_of[kind]][0] + number, row[side_of[kind]][1] + value)
    return {key: row for key, row in sums.items() if any(number for number, _ in row)}


def cell(figure: dict[str, Any]) -> tuple[int, Decimal]:
    return figure["number"], Decimal(figure["value_pln"])


def assert_reconciled_as_told(report: dict[str, Any], sides: dict[str, list[tuple[int, Decimal]]]) -> None:
    """The sides are the recomputed ones, and what is listed as a difference is what keeps them apart."""
    rows = {row["code"] or row["kind"]: row for row in report["rows"]}
    calls_feed = {key: [cell(row[side]) for side in SIDES] for key, row in rows.items()}
    assert {key: row for key, row in calls_feed.items() if any(number for number, _ in row)} == sides
    listed: dict[str, tuple[int, Decimal]] = {}
    for one in report["differences"]:
        for key in (one["code"] or "unassigned", "total"):
            number, value = listed.get(key, (0, Decimal(0)))
            listed[key] = (number + one["difference"]["number"], value + Decimal(one["difference"]["value_pln"]))
    for key, (accepted, signed, recommended) in calls_feed.items():
        apart = tuple(all - one - other for all, one, other in zip(accepted, signed, recommended, strict=True))
        assert apart == cell(rows[key]["difference"]) == listed.get(key, (0, Decimal(0))), key
        assert rows[key]["reconciled"] is (key not in listed)


def expected_shares(region: Region, ledger: Ledger, day: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Contracted and allocated by measure, and all of it under `total`; exact."""
    sums, nodes = expected(region, ledger, day), {code: region.calls_feed.id_of(code) for code in ALLOCATED_EUR}
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for key, below in {**{code: [code] for code in nodes}, "total": [*nodes]}.items():
        rows = [row for code, row in sums.items() if code == key or (key != "total" and code.startswith(key))]
        contracted = sum((row[1] + row[3] for row in rows), Decimal(0))
        found[key] = contracted, ledger.allocation_pln((nodes[code] for code in below), day)
    return found


def rounded(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def assert_shares_as_recomputed(report: dict[str, Any], shares: dict[str, tuple[Decimal, Decimal]]) -> None:
    calls_feed = {row["measure"] or row["kind"]: row["share"] for row in report["rows"] if row["share"]}
    assert calls_feed.keys() == shares.keys()
    for key, (contracted, allocated) in shares.items():
        share = calls_feed[key]
        assert share["allocation_pln"] == rounded(allocated), key
        # Where nothing is known nothing is contracted, and the share is none.
        assert Decimal(share["contracted_pln"] or 0) == contracted, key
        percentage = None if share["contracted_pln"] is None else rounded(100 * contracted / allocated)
        assert share["percentage"] == percentage, key


async def assert_proved(service: ContractsService, rows: list[dict[str, Any]]) -> None:
    """The agreements and applications behind each row add up to it, page by page."""
    for row in rows:
        behind = {
            "signed": (row["proof"], "value_pln"),
            "recommended": (row["recommended"]["proof"], "accepted_value_pln"),
        }
        for name, (proof, member) in behind.items():
            if proof is None:
                continue
            values: list[Decimal] = []
            address: str | None = f"{proof}&limit=7"
            while address:
                answer = await service.officer.get(address)
                values += [Decimal(one[member]) for one in ok(answer)["items"]]
                address = answer.links.get("next", {}).get("url")
            shown = row[name]["number"] or 0, Decimal(row[name]["value_pln"] or 0)
            assert (len(values), sum(values)) == shown, (name, row)


@pytest.mark.parametrize("seed", range(3))
async def test_the_report_is_what_everything_that_happened_comes_to(database: DatabaseUrls, seed: int) -> None:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        region, proofs = Region(service, calls_feed, Random(seed)), 0
        await lived_through(region)
        for moment in region.moments:
            for day in [region.day() for _ in range(6)]:
                query = {"as_of": day.isoformat(), "known_at": moment.instant}
                report = ok(await service.officer.get(REPORT, params=query))
                assert read_sums(report) == expected(region, moment.ledger, day), (day, moment.instant)
                assert_shares_as_recomputed(report, expected_shares(region, moment.ledger, day))
                if proved := region.random.random() < 1 / 3:
                    await assert_proved(service, report["rows"])
                proofs += proved
                reconciled = ok(await service.officer.get(RECONCILIATION, params=query))
                assert_reconciled_as_told(reconciled, expected_sides(region, moment.ledger, day))
        day = FIRST + timedelta(DAYS)
        now = ok(await service.officer.get(REPORT, params={"as_of": day.isoformat()}))
        assert read_sums(now) == expected(region, region.ledger, day)
        assert_shares_as_recomputed(now, expected_shares(region, region.ledger, day))
        await assert_proved(service, now["rows"])
        assert proofs
