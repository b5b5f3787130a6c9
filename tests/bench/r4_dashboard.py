"""R4: the regional dashboard, authorised by an API key and never stale after an acknowledged write.

(a) Reads by keep-alive connections from a raw client in its own process, while returns of other voivodeships go
through the same gateway, aimed at 100 a second (what was reached is printed). All contenders are read beside the same
writes, so that all share the machine with the same work:
  - a bare ASGI application under the same server and settings that sends the same bytes,
  - a FastAPI + SQLAlchemy application that sums at each request: our rollup, or the observations,
  - PostGraphile over a function that sums our rollup.
Ours and the bare one are also read with nothing else going on. The peers authenticate nobody and send less: figures
without the titles, meanings, notes and links of ours.
(b) Every write changes the dashboard; each writer reads after each acknowledged write and must find it there to the
digit, while the other readers go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.api import Api
from tests.bench.country import FORM, HOME, INDICATORS, LAST_DAY, OFFICE, PERIODS, Gmina
from tests.bench.figures import OURS, Ratio, Result, times_the_rate
from tests.bench.installation import Installation, Server, running_services
from tests.bench.load.http_wire import request_bytes
from tests.bench.load.processes import run_load, running_load
from tests.bench.r4_peers import BARE, OBSERVATIONS, POSTGRAPHILE, ROLLUP, Target, assert_same_table, running_peers
from tests.bench.returns import shuffled_return
from tests.bench.rounds import interleaved

WRITES_PER_SECOND = 100
WRITERS = 8  # connections
CHECKERS = 4
DASHBOARD = f"/v1/dashboards/indicators?territory={HOME}&as_of={LAST_DAY}"
QUIET = ", nothing else going on"
TOUCHED = f"{OURS}, every write touching it"


@dataclass(frozen=True)
class Size:
    """Observations to begin with, seconds of a reading, connections that read."""

    rows: int
    seconds: float
    readers: int


@dataclass
class _Stage:
    """State shared by the readings. Each cell (unit, period) takes one first return, so cells are used up."""

    installation: Installation
    size: Size
    elsewhere: list[tuple[str, str]]
    at_home: Iterator[list[tuple[str, str]]]
    """By round: there are not many of them."""
    written: list[float] = field(default_factory=list)
    busy: dict[str, list[float]] = field(default_factory=dict)
    checked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def authorization(self) -> str:
        return f"Bearer {self.installation.officer_key}"

    def read(self, name: str, target: Target) -> float:
        """Whole answers a second."""
        order = {"port": target.port, "request": target.request.decode(), "connections": self.size.readers}
        found = run_load("reads", order | {"seconds": self.size.seconds})
        self.busy.setdefault(name, []).append(found["busy"])
        return found["rate"]

    def read_beside_writes(self, name: str, target: Target) -> float:
        with self.writes_elsewhere() as background:
            rate = self.read(name, target)
        self.written.append(background.found["rate"])
        return rate

    @contextmanager
    def writes_elsewhere(self) -> Iterator[Any]:
        cells = self.elsewhere[: int(WRITES_PER_SECOND * (self.size.seconds * 1.2 + 8))]
        order = {"port": self.installation.gateway_port, "authorization": self.authorization, "cells": cells}
        with running_load("writes", order | {"rate": WRITES_PER_SECOND, "connections": WRITERS}) as background:
            yield background
        del self.elsewhere[: background.found["written"]]

    def read_beside_touching_writes(self, target: Target) -> float:
        cells = next(self.at_home)
        order = {
            "port": self.installation.gateway_port,
            "authorization": self.authorization,
            "path": DASHBOARD,
            "seconds": self.size.seconds * 1.2 + 1,
            "writers": [
                {"indicator": indicator, "cells": cells[number::CHECKERS]}
                for number, indicator in enumerate(INDICATORS[:CHECKERS])
            ],
        }
        with running_load("checked_writes", order) as background:
            rate = self.read(TOUCHED, target)
        self.checked.append(background.found)
        assert background.found["checked"], "no write that touches the dashboard came through"
        assert not background.found["stale"], f"{background.found['stale']} reads did not show an acknowledged write"
        return rate


def measure(server: Server, template: str, places: list[Gmina], rounds: int, size: Size, kept: Path) -> Result:
    """Runs the rounds. Asserts first that all contenders show the same table."""
    server.copy(template, "r4")
    with ExitStack() as stack:
        installation = stack.enter_context(running_services(server, "r4"))
        sent = shuffled_return([place.terc for place in places], size.rows)
        api = Api(installation)
        api.submit(sent.content, form=FORM, unit=OFFICE, period=sent.period)
        server.run("vacuum analyze", "r4")
        answer = api.get(DASHBOARD)
        peers, skipped = stack.enter_context(running_peers(server, installation, answer, kept))
        assert_same_table(answer, peers)
        stage = _Stage(installation, size, *_free_cells(places, sent.period, rounds))
        figures = interleaved(rounds, _contenders(stage, _ours(installation), peers))
        api.close()
        return _result(stage, figures, len(answer.content), skipped)


def _ours(installation: Installation) -> Target:
    headers = {"Authorization": f"Bearer {installation.officer_key}"}
    return Target(installation.gateway_port, request_bytes("GET", DASHBOARD, headers))


def _free_cells(
    places: list[Gmina], period: str, rounds: int
) -> tuple[list[tuple[str, str]], Iterator[list[tuple[str, str]]]]:
    """Units and periods without a return, of other voivodeships and of our own."""
    free = PERIODS[PERIODS.index(period.rpartition("..")[2]) + 1 :]
    away = [(f"OPS-{place.code}", period) for period in free for place in places if place.code[:2] != HOME]
    home = [(f"OPS-{place.code}", period) for period in free for place in places if place.code[:2] == HOME]
    return away, iter([home[number::rounds] for number in range(rounds)])


def _contenders(stage: _Stage, ours: Target, peers: dict[str, Target]) -> dict[str, Callable[[], float]]:
    targets = {OURS: ours, **peers}
    beside = {
        name: lambda name=name, target=target: stage.read_beside_writes(name, target)
        for name, target in targets.items()
    }
    quiet = {
        name + QUIET: lambda name=name, target=targets[name]: stage.read(name + QUIET, target) for name in (BARE, OURS)
    }
    return beside | quiet | {TOUCHED: lambda: stage.read_beside_touching_writes(ours)}


def _result(stage: _Stage, figures: dict[str, list[float]], length: int, skipped: list[str]) -> Result:
    ours = figures[OURS]
    targets = {BARE: 0.7, POSTGRAPHILE: 6, ROLLUP: 20, OBSERVATIONS: None}
    ratios = [
        Ratio(f"(a) rate, in that of: {name}", times_the_rate(ours, figures[name]), target)
        for name, target in targets.items()
        if name in figures
    ]
    quiet = times_the_rate(figures[OURS + QUIET], figures[BARE + QUIET])
    ratios.append(Ratio(f"rate, in that of: {BARE}{QUIET}", quiet))
    ratios.append(
        Ratio("(a) beside the writes, in that of the bare one alone", times_the_rate(ours, figures[BARE + QUIET]))
    )
    checked = sum(one["checked"] for one in stage.checked)
    rates = [one["rate"] for one in stage.checked]
    notes = [
        f"writes elsewhere: {min(stage.written):.0f} to {max(stage.written):.0f} a second",
        f"(b) {checked:,} reads after writes, each right; {min(rates):.0f} to {max(rates):.0f} such pairs a second",
        f"the client's share of one core: {_shares(stage.busy)}",
        f"an answer has {length:,} bytes; {stage.size.readers} connections",
        *skipped,
    ]
    more = {"writes a second": stage.written, "client busy": stage.busy, "checked": stage.checked}
    title = f"the regional dashboard over {stage.size.rows:,} observations"
    return Result("r4", title, "reads/s", figures, ratios, notes, stage.installation.peak_mib(), more)


def _shares(busy: dict[str, list[float]]) -> str:
    return "; ".join(f"{name} {max(shares):.0%}" for name, shares in busy.items())
