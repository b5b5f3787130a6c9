"""R4': the same dashboard read over 10,000 to 10,000,000 observations.

20 half-years, 40 indicators and 380 powiaty stay as they are; units become more. A unit reports every indicator for
every half-year, so 10,000 observations are 13 units (10,400 to be exact): the region's own powiaty get theirs first,
one each, then the others, so that from 100,000 observations on the read sums the region's full rollup (24 powiaty x 800
rows) and at 10,000 about half of it. All observations come in through the API, in collective returns. One database and
one installation a size, all running side by side, read in turn.

Cached: a few connections read as fast as they are answered. Not cached: one connection reads as of another day each
time, all after the last period's end, so that each read is a miss that sums the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import count
from statistics import median
from time import perf_counter

import psycopg
from tests.bench.api import Api
from tests.bench.country import FORM, HOME, INDICATORS, LAST_DAY, PERIODS, add_units, gminy, powiaty
from tests.bench.figures import Ratio, Result
from tests.bench.installation import Installation, Server, running_services
from tests.bench.load.http_wire import request_bytes
from tests.bench.load.processes import run_load
from tests.bench.returns import return_of
from tests.bench.rounds import interleaved

CELLS = len(INDICATORS) * len(PERIODS)  # observations of a unit
UNITS_A_RETURN = 1250  # a million rows
TURNS, MISSES = 6, 10  # turns a round, reads a turn
CACHED, MISSED = "cached", "not cached"
Unit = tuple[str, str]


def measure(server: Server, template: str, rounds: int, sizes: Sequence[int]) -> Result:
    """Loads, then reads in rounds. Figures are milliseconds a read."""
    started = perf_counter()
    units = _units(-(-sizes[-1] // CELLS))
    for size, database in _load(server, template, units, sizes):
        server.run("vacuum analyze", database)
        assert _observations(server, database) == -(-size // CELLS) * CELLS
    loaded = perf_counter() - started
    with ExitStack() as stack:
        running = {size: stack.enter_context(running_services(server, _database(size))) for size in sizes}
        figures = interleaved(rounds, _contenders(CACHED, _cached, running))
        # In short turns: a turn of a second or more meets another machine than the next one.
        figures |= interleaved(rounds * TURNS, _contenders(MISSED, _missed, running))
    ratios = [_ratio(figures, kind, size, sizes[0]) for kind in (CACHED, MISSED) for size in sizes[1:]]
    note = f"loading took {loaded:.0f} s, all observations through the API"
    return Result("r4p", "the same read over more observations", "ms", figures, ratios, [note])


def _database(size: int) -> str:
    return f"growth_{size}"


def _units(wanted: int) -> list[Unit]:
    """Codes and gminy of `wanted` units: one for each powiat, the own region first, then a second one, and so on."""
    places = {place.code: place.terc for place in gminy()}
    order = sorted(powiaty(), key=lambda code: (code[:2] != HOME, code))
    return [
        (f"OPS-{number:05d}", places[f"{order[number % len(order)]}{number // len(order) % 6 + 1:02d}"])
        for number in range(wanted)
    ]


def _load(server: Server, template: str, units: Sequence[Unit], sizes: Sequence[int]) -> Iterator[tuple[int, str]]:
    """One database a size, each begun as a copy of the one before."""
    server.copy(template, "growth")
    add_units(server.urls("growth").superuser, units)
    former, there = "growth", 0
    for size in sizes:
        server.copy(former, _database(size))
        with running_services(server, _database(size)) as installation:
            _send(installation, units, there, size)
        former, there = _database(size), size
        yield size, former


def _send(installation: Installation, units: Sequence[Unit], there: int, size: int) -> None:
    """Returns of up to 1,250 units each, sent by the first of them."""
    api = Api(installation)
    first, last = -(-there // CELLS), -(-size // CELLS)
    for start in range(first, last, UNITS_A_RETURN):
        codes = [code for code, _ in units[start : min(start + UNITS_A_RETURN, last)]]
        sent = return_of(codes, PERIODS)
        api.submit(sent.content, form=FORM, unit=codes[0], period=sent.period)
    api.close()


def _observations(server: Server, database: str) -> int:
    with psycopg.connect(server.urls(database).superuser) as connection:
        found = connection.execute("select count(*) from indicators.observation").fetchone()
    return found[0] if found else 0


def _contenders(
    kind: str, read: Callable[[Installation, Iterator[int]], float], running: dict[int, Installation]
) -> dict[str, Callable[[], float]]:
    return {
        _name(kind, size): lambda installation=installation, days=count(1): read(installation, days)
        for size, installation in running.items()
    }


def _name(kind: str, size: int) -> str:
    return f"{kind}, {size:,} observations"


def _cached(installation: Installation, _: Iterator[int]) -> float:
    headers = {"Authorization": f"Bearer {installation.officer_key}"}
    request = request_bytes("GET", _path(date.fromisoformat(LAST_DAY)), headers).decode()
    order = {"port": installation.gateway_port, "request": request, "connections": 4, "seconds": 1.0}
    return 1000 / run_load("reads", order)["rate"]


def _missed(installation: Installation, days: Iterator[int]) -> float:
    """The median of many, each as of another day that nobody has asked for."""
    api = Api(installation)
    api.get(_path(date.fromisoformat(LAST_DAY)))  # opens the connection, and the key is known
    took: list[float] = []
    for _ in range(MISSES):
        path = _path(date.fromisoformat(LAST_DAY) + timedelta(days=next(days)))
        started = perf_counter()
        api.get(path)
        took.append(perf_counter() - started)
    api.close()
    return median(took) * 1000


def _path(as_of: date) -> str:
    return f"/v1/dashboards/indicators?territory={HOME}&as_of={as_of.isoformat()}"


def _ratio(figures: dict[str, list[float]], kind: str, size: int, smallest: int) -> Ratio:
    pairs = zip(figures[_name(kind, size)], figures[_name(kind, smallest)], strict=True)
    values = [own / base for own, base in pairs]
    return Ratio(f"{kind}: time at {size:,}, in that at {smallest:,}", values, 1.3, at_most=True)
