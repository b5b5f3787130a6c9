"""Rollup = fold of the facts = what was sent, added up slowly: for random returns, days, moments and territories.

A machine sends returns at random: own and collective ones, spans of periods, late and back-dated periods, corrections
that add and drop units, missing values, rejected attempts, several at once, and redefines an indicator on the way. It
also closes units and opens them again, enters lists of owing units and changes the form's word on who owes.
"""

from __future__ import annotations

import asyncio
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.support.answers import ok
from tests.support.oracles.return_model import Cell, Counts, Definition, Figure, Key, Obligations, ReturnModel, Rows
from tests.support.regions.sample_region import GMINY, ROPS, units_by_code
from tests.support.services.indicators_service import IndicatorsService, definition, form_body

START = date(2007, 1, 1)
PERIODS = {
    f"{year}-H{half}": date(year, 6 * half, 30 if half == 1 else 31) for year in (2010, 2011, 2012) for half in (1, 2)
}
SPANS = ("2010-H1..2010-H2", "2010-H2..2011-H2", "2012-H1..2012-H2")
TERRITORIES = ("PL", "04", "22", "0402", "0408", "2212", "040201", "040202", "221208")
INDICATORS = {"7.1-1": "sum", "7.1-2": "last", "7.1-3": "max"}
PARTS = [("7.1-1", ""), ("7.1-1", "rural"), ("7.1-2", ""), ("7.1-3", "")]
DAYS = [*PERIODS.values(), date(2009, 12, 31), date(2011, 1, 1), date(2013, 5, 5)]


class Machine:
    """The service, the model beside it, and chance."""

    def __init__(self, service: IndicatorsService, seed: int) -> None:
        self.service = service
        self.chance = random.Random(seed)
        definitions = {
            code: [Definition(number, way, START, 0)] for number, (code, way) in enumerate(INDICATORS.items(), 1)
        }
        calendar = {period: (date(last.year, last.month - 5, 1), last) for period, last in PERIODS.items()}
        units = {f"OPS-{code}": code for code in GMINY}
        obligations = Obligations(calendar, {unit: [(0, date(1999, 1, 1), None)] for unit in units})
        self.model = ReturnModel(definitions, units, obligations)
        self.moments: list[tuple[str, int]] = []
        self.attempts = 0

    def envelope(self) -> Key:
        if self.chance.random() < 0.35:
            return ROPS, self.chance.choice([*PERIODS, *SPANS])
        return f"OPS-{self.chance.choice(GMINY)}", self.chance.choice(list(PERIODS))

    def rows(self, key: Key) -> Rows:
        sender, period = key
        first, _, last = period.partition("..")
        days = [day for day in PERIODS.values() if PERIODS[first] <= day <= PERIODS[last or first]]
        units = [sender] if sender != ROPS else [f"OPS-{code}" for code in self.chance.sample(GMINY, 3)]
        rows: dict[Cell, Decimal | None] = {}
        for unit in units:
            for day in days:
                rows |= self.cells(unit, day)
        return rows or self.rows(key)

    def cells(self, unit: str, day: date) -> dict[Cell, Decimal | None]:
        cells: dict[Cell, Decimal | None] = {}
        for code in INDICATORS:
            if self.chance.random() < 0.7:
                cells[unit, code, "", day] = whole = self.value()
                if code == "7.1-1" and self.chance.random() < 0.5:
                    half = (whole / 2).quantize(Decimal("0.000001")) if whole is not None else self.value()
                    cells[unit, code, "rural", day] = half
        return cells

    def value(self) -> Decimal | None:
        if self.chance.random() < 0.2:
            return None
        places = self.chance.choice([0, 0, 2, 6])
        return Decimal(self.chance.choice([0, self.chance.randrange(1000), self.chance.randrange(10**9)])).scaleb(
            -places
        )

    async def send(self, key: Key, rows: Rows, *, spoilt: bool = False) -> httpx.Response:
        version = self.model.version(key)
        unit, period = key
        return await self.service.send_confirmed(
            file_of(rows, spoilt=spoilt), unit=unit, period=period, if_match=f'"v{version}"' if version else None
        )

    async def step(self) -> None:
        """One return, or several at once for units and periods that have nothing to do with each other."""
        batch: dict[Key, Rows] = {}
        for _ in range(self.chance.choice([1, 1, 1, 4])):
            key = self.envelope()
            rows = self.rows(key)
            alone = not any(overlap(rows, other) for other in batch.values())
            if key not in batch and alone and self.model.is_accepted(key, rows):
                batch[key] = rows
        answers = await asyncio.gather(*(self.send(key, rows) for key, rows in batch.items()))
        for (key, rows), answer in sorted(zip(batch.items(), answers, strict=True), key=position_of):
            self.model.accept(key, rows, ok(answer)["position"])

    async def attempt(self) -> None:
        """A return that must be refused: it counts a unit twice, names a closed one, or has a wrong cell."""
        key = self.envelope()
        rows = self.rows(key)
        answer = await self.send(key, rows, spoilt=self.model.is_accepted(key, rows))
        assert answer.status_code == 422, answer.text
        self.attempts += 1

    async def redefine(self) -> None:
        code, way = self.chance.choice(list(INDICATORS)), self.chance.choice(["sum", "last", "max"])
        day = self.chance.choice([date(2010, 7, 1), date(2011, 1, 1)])
        parts = ["rural"] if code == "7.1-1" else []
        body = definition(way, parts, redefined=True, valid_from=day.isoformat())
        answer = await self.service.officer.put(f"/v1/indicators/{code}", json=body, headers={"If-Match": '"v1"'})
        ok(answer)
        self.model.redefine(code, way, day, read_position(answer))

    async def change_obligations(self) -> None:
        await self.chance.choice([self.change_activity, self.replace_list, self.replace_list, self.change_form])()

    async def change_activity(self) -> None:
        unit = self.chance.choice(list(self.model.territory))
        start = self.chance.choice([date(1999, 1, 1), date(2010, 12, 31), date(2011, 3, 1)])
        end = self.chance.choice([None, date(2011, 7, 1), date(2011, 12, 31), date(2012, 3, 31)])
        states = self.model.obligations.active[unit]
        path = f"/v1/reporting-units/{(await units_by_code(self.service))[unit]['id']}"
        days = {"active_from": start.isoformat(), "active_to": end and end.isoformat()}
        match = ok(await self.service.officer.get(path))["version"]
        answer = await self.service.officer.put(path, json={"name": unit, **days}, headers={"If-Match": f'"v{match}"'})
        ok(answer)
        states.append((read_position(answer), start, end))

    async def replace_list(self) -> None:
        period = self.chance.choice(list(PERIODS))
        versions = self.model.obligations.lists[period]
        units = self.chance.sample(list(self.model.territory), self.chance.randrange(len(self.model.territory) + 1))
        answer = await self.service.officer.put(
            f"/v1/forms/SP7/periods/{period}/owing-list",
            json={"units": units},
            headers={"If-Match": f'"v{len(versions)}"'} if versions else {},
        )
        if answer.status_code == 422:
            # One of the units was closed before the period: the list may not name it.
            return
        ok(answer)
        if not versions or versions[-1][1] != set(units):
            versions.append((read_position(answer), frozenset(units)))

    async def change_form(self) -> None:
        words = self.model.obligations.owed_by
        word = self.chance.choice(["all_units", "list"])
        body = form_body(list(INDICATORS), owed_by=word)
        answer = await self.service.officer.put("/v1/forms/SP7", json=body, headers={"If-Match": f'"v{len(words)}"'})
        ok(answer)
        words.append((read_position(answer), word))

    def note_moment(self) -> None:
        (now, position) = self.service.query("select clock_timestamp(), (select position from head)")[0]
        self.moments.append((now.isoformat(), position))

    async def compare(self, territory: str, as_of: date, moment: tuple[str, int] | None) -> None:
        """Reads a report; `moment` is a `known_at` with its position, none for what is known now."""
        query = {"territory": territory, "as_of": as_of.isoformat()} | ({"known_at": moment[0]} if moment else {})
        report = await self.service.report(**query)
        position = moment[1] if moment else self.service.query("select position from head")[0][0]
        assert report["position"] == position
        shown = {(row["indicator"], row["breakdown"] or ""): figure_of(row) for row in report["rows"]}
        expected = {(code, part): self.model.figure(code, part, territory, as_of, position) for code, part in PARTS}
        assert shown == expected, query
        shown_counts = {(row["indicator"], row["breakdown"] or ""): counts_of(row) for row in report["rows"]}
        expected_counts = {
            (code, part): self.model.counts(code, part, territory, as_of, position) for code, part in PARTS
        }
        assert shown_counts == expected_counts, query


def read_position(answer: httpx.Response) -> int:
    return int(answer.headers["miernik-position"].partition("=")[2])


def file_of(rows: Rows, *, spoilt: bool) -> str:
    lines = ["unit;indicator;breakdown;period;value"]
    for (unit, code, part, day), value in rows.items():
        period = f"{day.year}-H{1 if day.month == 6 else 2}"
        lines.append(f"{unit};{code};{part};{period};{'n/d' if value is None else f'{value:f}'.replace('.', ',')}")
    if spoilt:
        lines[-1] += "?"
    return "\n".join(lines) + "\n"


def overlap(rows: Rows, other: Rows) -> bool:
    return bool({(cell[0], cell[3]) for cell in rows} & {(cell[0], cell[3]) for cell in other})


def position_of(sent: tuple[tuple[Key, Rows], httpx.Response]) -> int:
    return ok(sent[1])["position"]


def figure_of(row: dict[str, str]) -> Figure:
    achieved, end = row["achieved"], row["last_period_end"]
    return Figure(
        None if achieved is None else Decimal(achieved),
        int(row["reported"]),
        int(row["missing"]),
        None if end is None else date.fromisoformat(end),
    )


def counts_of(row: dict[str, Any]) -> Counts:
    return Counts(*(row[name] for name in ("period", "owing", "given", "given_for_period", "complete")))


@pytest.mark.parametrize("seed", range(5))
async def test_rollup_and_facts_agree_with_what_was_sent(service: IndicatorsService, seed: int) -> None:
    machine = Machine(service, seed)
    for number in range(30):
        await (machine.attempt() if machine.chance.random() < 0.15 else machine.step())
        if machine.chance.random() < 0.4:
            await machine.change_obligations()
        if number == 15:
            await machine.redefine()
        if number % 3 == 0:
            machine.note_moment()
            await machine.compare(machine.chance.choice(TERRITORIES), machine.chance.choice(DAYS), None)
    machine.note_moment()
    for territory in TERRITORIES:
        for day in machine.chance.sample(DAYS, 4):
            await machine.compare(territory, day, None)
            await machine.compare(territory, day, machine.moments[-1])
    for _ in range(25):
        moment = machine.chance.choice(machine.moments)
        await machine.compare(machine.chance.choice(TERRITORIES), machine.chance.choice(DAYS), moment)

    assert any(len(versions) > 1 for versions in machine.model.returns.values())


@pytest.mark.parametrize("aggregation", ["last", "max"])
async def test_periods_of_one_unit_sent_at_once_add_up(service: IndicatorsService, aggregation: str) -> None:
    code = {"last": "7.1-2", "max": "7.1-3"}[aggregation]
    for number in range(4):
        halves = {"2010-H1": 10 + number, "2010-H2": 20 + number, "2011-H1": 15 + number, "2011-H2": 30 - number}
        await asyncio.gather(
            *(
                service.send(
                    f"indicator;value\n{code};{value}\n", period=half, if_match=f'"v{number}"' if number else None
                )
                for half, value in halves.items()
            )
        )
        for day in PERIODS.values():
            values = [value for half, value in halves.items() if PERIODS[half] <= day]
            state = values[-1] if aggregation == "last" else max(values)
            row = await service.row(code, as_of=day.isoformat())
            assert (Decimal(row["achieved"]), row["reported"]) == (state, 1), (number, day)


async def test_a_correction_back_to_nothing_leaves_no_trace_in_a_figure(service: IndicatorsService) -> None:
    ok(await service.send("indicator;value\n7.1-1;5\n7.1-2;6\n7.1-3;7\n"))
    ok(await service.send("indicator;value\n7.1-1;n/d\n7.1-2;n/d\n7.1-3;n/d\n", if_match='"v1"'))
    day = (PERIODS["2011-H1"] + timedelta(days=1)).isoformat()
    for code in INDICATORS:
        row = await service.row(code, as_of=day)
        assert (row["achieved"], row["reported"], row["missing"], row["last_period_end"]) == (None, 0, 1, None)
