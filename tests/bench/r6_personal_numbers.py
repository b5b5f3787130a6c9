"""R6: the check of a column of 100,000 cells for PESEL numbers, and the end of a revoked key's long poll.

Columns as offices send them, and the worst ones: account numbers, of which every second has a possible day of birth
among its digits, and nothing but PESEL numbers. The peer is the check of one text after the other, which gives the same
verdicts; equal verdicts are asserted.

The poll: a reader waits at the gateway for news; the clock starts before its key is revoked, by the operator's command
in this process, and stops when the poll has ended with a 401.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import polars as pl
from tests.bench.figures import OURS, Ratio, Result, times_as_fast
from tests.bench.installation import Server, running_services
from tests.bench.rounds import interleaved, seconds
from tests.support.builders.personal_numbers import made_up_pesel

from miernik_gateway.clients.commands import revoke_key
from miernik_local.processes import part_url, run_operation
from miernik_shared.uploads.personal_numbers import find_personal_numbers
from miernik_shared.values.personal_numbers import holds_personal_number

CELLS = 100_000
TARGET_SECONDS, POLL_TARGET_SECONDS = 0.5, 2.0
PEER = "one text after the other"


def columns(cells: int) -> dict[str, list[str]]:
    """Columns by what they hold."""
    draw = random.Random(11)

    def digits(count: int) -> str:
        return "".join(draw.choices("0123456789", k=count))

    def number() -> str:
        return made_up_pesel(f"{digits(2)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}", digits(4))

    return {
        "values": [str(draw.randrange(10**6)) for _ in range(cells)],
        "application numbers": [f"WND-POKL.07.0{digits(1)}.01-04-{digits(3)}/11" for _ in range(cells)],
        "titles": [f"Żnin – praca i rozwój, edycja 2008–2013, nr {digits(6)}" for _ in range(cells)],
        "account numbers": [f"{digits(2)} {' '.join(digits(4) for _ in range(6))}" for _ in range(cells)],
        "amounts with non-breaking blanks": [
            f"{draw.randrange(10**11):,}".replace(",", "\u00a0") for _ in range(cells)
        ],
        "PESEL numbers": [f"Jan {number()}" for _ in range(cells)],
    }


def measure(server: Server, rounds: int, cells: int = CELLS) -> Result:
    """Runs the rounds."""
    held = {name: pl.Series(texts) for name, texts in columns(cells).items()}
    for column in held.values():
        sample = column.head(2_000)
        assert find_personal_numbers(sample).to_list() == list(map(holds_personal_number, sample))
    worst: dict[str, list[float]] = {name: [] for name in held}

    def ours() -> float:
        for name, column in held.items():
            worst[name].append(seconds(lambda column=column: find_personal_numbers(column)))
        return max(times[-1] for times in worst.values())

    def peer() -> float:
        return max(seconds(lambda column=column: list(map(holds_personal_number, column))) for column in held.values())

    figures = interleaved(rounds, {PEER: peer, OURS: ours})
    polls = _time_polls(server, rounds)
    ratios = [
        Ratio(f"{cells:,} cells, the slowest column, s", figures[OURS], TARGET_SECONDS, at_most=True),
        Ratio("times as fast as one text after the other", times_as_fast(figures[OURS], figures[PEER])),
        Ratio("revoked → the poll has ended, s", polls, POLL_TARGET_SECONDS, at_most=True),
    ]
    notes = [f"{name}: {min(times):.2f}-{max(times):.2f} s" for name, times in worst.items()]
    return Result("r6", "personal numbers in a column; a revoked key", "s", figures, ratios, notes)


def _time_polls(server: Server, rounds: int) -> list[float]:
    server.create("r6")
    url = server.urls("r6").app["gateway"]
    found: list[float] = []
    with running_services(server, "r6") as installation, ThreadPoolExecutor() as pool:
        feed = f"{part_url({'gateway': installation.gateway_port}, 'gateway')}/v1/feeds/indicators/events"
        for _ in range(rounds):
            command = ["create-client", "--name", "reader", "--region", "--scope", "feed:read"]
            client = json.loads(run_operation("gateway", command, {"MIERNIK_DATABASE_URL": url}))
            poll = pool.submit(
                httpx.get,
                feed,
                params={"timeout": 60},
                headers={"Authorization": f"Bearer {client['key']}"},
                timeout=90,
            )
            time.sleep(1.0)
            os.environ["MIERNIK_DATABASE_URL"] = url
            started = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                revoke_key(UUID(client["key_id"]))
            assert poll.result().status_code == 401
            found.append(time.perf_counter() - started)
    return found
