"""`python -m tests.bench [R1 R2 R4 R4p R5 R6 R7] [--rounds 5] [--small]`: measures Miernik beside its peers.

Prints a table and writes raw figures to `.bench/`. Targets are printed, not asserted; equal answers are asserted.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from tests.bench import (
    r1_million_rows,
    r2_validated_rows,
    r4_dashboard,
    r4p_growth,
    r5_feed,
    r6_personal_numbers,
    r7_hostile_uploads,
)
from tests.bench.country import Gmina, gminy, load_country, own_units
from tests.bench.figures import Result
from tests.bench.installation import Server, running_server, running_services
from tests.bench.report import print_result, print_summary

KEPT = Path(__file__).resolve().parents[2] / ".bench"
LOADED = "loaded"
console = Console(soft_wrap=True, highlight=False, markup=False)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="R", help=f"any of {', '.join(COMPARISONS)}; all by default")
    parser.add_argument("--rounds", type=int, default=None, help="rounds of each comparison (5; 2 with --small)")
    parser.add_argument("--small", action="store_true", help="small sizes: does it run, not how fast is it")
    given = parser.parse_args()
    unknown = [name for name in given.only if name not in COMPARISONS]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    given.rounds = given.rounds or (2 if given.small else 5)
    return given


def _r1(server: Server, given: argparse.Namespace) -> Result:
    places = _loaded_country(server, given)
    return r1_million_rows.measure(server, LOADED, places, given.rounds, 20_000 if given.small else 1_000_000)


def _r2(server: Server, given: argparse.Namespace) -> Result:
    places = _loaded_country(server, given)
    return r2_validated_rows.measure(server, LOADED, places, given.rounds, 5_000 if given.small else 100_000)


def _r4(server: Server, given: argparse.Namespace) -> Result:
    places = _loaded_country(server, given)
    size = r4_dashboard.Size(20_000, 1.0, 8) if given.small else r4_dashboard.Size(1_000_000, 3.0, 16)
    return r4_dashboard.measure(server, LOADED, places, given.rounds, size, KEPT)


def _r4p(server: Server, given: argparse.Namespace) -> Result:
    _loaded_country(server, given)
    sizes = [10**4, 10**5] if given.small else [10**4, 10**5, 10**6, 10**7]
    return r4p_growth.measure(server, LOADED, given.rounds, sizes)


def _r5(server: Server, given: argparse.Namespace) -> Result:
    size = r5_feed.Size(2.0, 20_000, 500) if given.small else r5_feed.Size(10.0, 200_000, 5_000)
    return r5_feed.measure(server, given.rounds, size)


def _r6(server: Server, given: argparse.Namespace) -> Result:
    return r6_personal_numbers.measure(server, given.rounds, 10_000 if given.small else r6_personal_numbers.CELLS)


def _r7(_: Server, given: argparse.Namespace) -> Result:
    return r7_hostile_uploads.measure(given.rounds, 10_000 if given.small else 1_000_000)


def _loaded_country(server: Server, given: argparse.Namespace) -> list[Gmina]:
    """The template that R1, R2 and R4 copy; loaded by the first that needs it."""
    places = gminy(400 if given.small else 2479)
    if LOADED not in server.officer_keys:
        started = time.perf_counter()
        server.create(LOADED)
        with running_services(server, LOADED) as installation:
            load_country(installation, places, own_units(places))
        console.print(f"loaded a country of {len(places):,} units in {time.perf_counter() - started:.0f} s")
    return places


COMPARISONS: dict[str, Callable[[Server, argparse.Namespace], Result]] = {
    "R1": _r1,
    "R2": _r2,
    "R4": _r4,
    "R4p": _r4p,
    "R5": _r5,
    "R6": _r6,
    "R7": _r7,
}


def main() -> None:
    given = arguments()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="miernik-bench-") as directory, running_server(Path(directory)) as server:
        for name in given.only or COMPARISONS:
            console.print(f"{name}: load average before: {os.getloadavg()[0]:.2f}")
            result = COMPARISONS[name](server, given)
            result.write(KEPT / "small" if given.small else KEPT)
            print_result(console, result)
            results.append(result)
    print_summary(console, results)
    if given.small:
        console.print("small sizes: this shows that the bench runs; fixed costs weigh too much for a verdict")


main()
