"""The report of the applications against a recomputation in plain Python, after lists that change half of the rows.

Some lists are annulled, alone or all of them back to the first, and sent again.

Each example has a database of its own: there are more examples than offices.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.answers import ok
from tests.support.builders.applications import STAGES, annul_list, assert_proved, fold, imported, rollup
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls

START = date(2011, 1, 1)
LEAVES = ("7.1.1", "7.2.1", "7.2.2", "7.3")
NODES = (*LEAVES, "7.2", None)
ORDER = ("7.1.1", "7.2", "7.2.1", "7.2.2", "7.3")
SETTINGS = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
State = dict[str, Any]
Sums = dict[str, tuple[int, Decimal]]


CENTS = st.integers(10**6, 9 * 10**7)
"""Amounts that are not far from each other: others would need a confirmation."""


def days(count: int) -> st.SearchStrategy[list[date]]:
    one = st.integers(0, 200).map(lambda number: START + timedelta(days=number))
    return st.lists(one, min_size=count, max_size=count).map(sorted)


@st.composite
def states(draw: st.DrawFn) -> State:
    """One application: as many stages as it reached, in order, at values that mostly fall."""
    reached = draw(st.integers(0, 3))
    state: State = {"node": draw(st.sampled_from(NODES))}
    dates = draw(days(reached))
    for stage, day in zip(STAGES[:reached], dates, strict=True):
        state[f"{stage}_on"] = day
        state[f"{stage}_value_pln"] = Decimal(draw(CENTS)).scaleb(-2)
    if reached and draw(st.booleans()):
        state["withdrawn_on"] = dates[-1] + timedelta(days=draw(st.integers(0, 30)))
    return state


@st.composite
def corrected(draw: st.DrawFn, state: State) -> State:
    """The same application with other values on the days that it has."""
    values = {name: Decimal(draw(CENTS)).scaleb(-2) for name in state if name.endswith("_value_pln")}
    return state | values


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, State]]:
    """Lists one after the other: the first, then lists in which half of the rows are new, changed or corrected."""
    numbers = [f"WND-{number}" for number in range(draw(st.integers(1, 12)))]
    first = {number: draw(states()) for number in numbers}
    rounds = [first]
    for _ in range(draw(st.integers(1, 3))):
        changed = {
            number: draw(corrected(rounds[-1][number]) | states()) for number in numbers[:: draw(st.integers(1, 2))]
        }
        added = {f"NEW-{len(rounds)}-{number}": draw(states()) for number in range(draw(st.integers(0, 2)))}
        rounds.append(rounds[-1] | changed | added)
    return rounds


@dataclass
class Ledger:
    """Recorded moments, with all applications as they stood at each."""

    known: list[tuple[str, dict[str, State]]] = field(default_factory=list[tuple[str, dict[str, State]]])

    def note(self, service: CallsService, rows: dict[str, State]) -> None:
        ((now,),) = service.query("select clock_timestamp()")
        self.known.append((now.isoformat(), rows))

    def sums(self, moment: int, as_of: date) -> dict[str | None, Sums]:
        """Number and value by node and stage, application by application."""
        rows: dict[str | None, Sums] = defaultdict(lambda: dict.fromkeys(STAGES, (0, Decimal())))
        for state in self.known[moment][1].values():
            for stage in STAGES:
                day = state.get(f"{stage}_on")
                if day is not None and day <= as_of:
                    number, value = rows[state["node"]][stage]
                    rows[state["node"]][stage] = (number + 1, value + state[f"{stage}_value_pln"])
        return dict(rows)

    def rising(self, moment: int, as_of: date) -> set[tuple[str | None, str, str]]:
        """Applications whose value rose from a stage to the next."""
        return {
            (state["node"], later, number)
            for number, state in self.known[moment][1].items()
            for earlier, later in itertools.pairwise(STAGES)
            if (day := state.get(f"{later}_on")) is not None
            and day <= as_of
            and state[f"{later}_value_pln"] > state[f"{earlier}_value_pln"]
        }


async def played(service: CallsService, history: list[dict[str, State]], annulled: int) -> Ledger:
    """Send the lists, annul the last ones of them from the last one back, and send those again."""
    ledger = Ledger()
    receipts = [await recorded(service, ledger, rows) for rows in history]
    for number in range(len(history) - 1, len(history) - 1 - annulled, -1):
        if receipts[number]["id"] is not None:
            ok(await annul_list(service, receipts[number]["id"]))
        ledger.note(service, history[number - 1] if number else {})
    for rows in history[len(history) - annulled :]:
        await recorded(service, ledger, rows)
    return ledger


async def recorded(service: CallsService, ledger: Ledger, rows: dict[str, State]) -> dict[str, Any]:
    receipt = await imported(service, [{"number": number, **state} for number, state in rows.items()], office="04")
    ledger.note(service, rows)
    return receipt


def read_sums(row: dict[str, Any]) -> Sums | None:
    if row["submitted"]["number"] is None:
        assert {row[stage]["number"] for stage in STAGES} == {row[stage]["value_pln"] for stage in STAGES} == {None}
        return None
    return {stage: (row[stage]["number"], Decimal(row[stage]["value_pln"])) for stage in STAGES}


async def compare(service: CallsService, ledger: Ledger, moment: int, as_of: date, *, now: bool) -> None:
    known = {} if now else {"known_at": ledger.known[moment][0]}
    report = await service.report("pipeline", as_of=as_of.isoformat(), **known)
    expected = ledger.sums(moment, as_of)
    rows = {row["code"] or row["kind"]: read_sums(row) for row in report["rows"]}
    order = [code for code in ORDER if code in LEAVES or code in expected]
    assert list(rows) == [*order, *(["unassigned"] if None in expected else []), "total"]
    assert {code: rows[code] for code in order} == {code: expected.get(code) for code in order}
    assert rows.get("unassigned") == expected.get(None)
    assert_total(rows.pop("total"), list(rows.values()))
    codes = {row["node_id"]: row["code"] for row in report["rows"]}
    found = {(codes[one["node"]], one["stage"], named["number"]) for one in report["findings"]
             for named in one["applications"]}  # fmt: skip
    assert found == ledger.rising(moment, as_of)
    if not found:
        assert_falling(rows)
    for row in report["rows"] if now else report["rows"][-1:]:
        await assert_proved(service, row)


def assert_total(total: Sums | None, rows: list[Sums | None]) -> None:
    known = [row for row in rows if row is not None]
    sums = {stage: (sum(row[stage][0] for row in known), sum(row[stage][1] for row in known)) for stage in STAGES}
    assert total == (sums if known else None)


def assert_falling(rows: dict[str, Sums | None]) -> None:
    """No later stage has more applications or more money than the one before."""
    for row in filter(None, rows.values()):
        numbers, values = zip(*(row[stage] for stage in STAGES), strict=True)
        assert list(numbers) == sorted(numbers, reverse=True)
        assert list(values) == sorted(values, reverse=True)


@given(history=histories(), data=st.data())
@SETTINGS
async def test_the_report_is_what_the_facts_add_up_to(
    postgres_server: PostgresServer, tree_database: DatabaseUrls, history: list[dict[str, State]], data: st.DataObject
) -> None:
    async with calls_on_a_copy(postgres_server, tree_database) as service:
        ledger = await played(service, history, data.draw(st.integers(0, len(history))))
        assert rollup(service) == fold(service)
        for as_of in data.draw(days(3)):
            await compare(service, ledger, len(ledger.known) - 1, as_of, now=True)
            await compare(service, ledger, data.draw(st.integers(0, len(ledger.known) - 1)), as_of, now=False)
