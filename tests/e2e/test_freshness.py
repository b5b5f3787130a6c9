"""Freshness of reads: the next read includes every acknowledged write.

Through the same gateway, and through any other one for a reader who sends his position. Never an old figure, however
warm the caches and however many reads are under way.

`MIERNIK_FRESHNESS_ROUNDS=10000` makes it a long run.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx
import pytest
from tests.support.services.office_client import Office
from tests.support.services.running_system import running_system
from tests.support.trials.freshness_rounds import Rounds, hammering, set_the_scene

from miernik_local.provision import DatabaseUrls

ROUNDS = int(os.environ.get("MIERNIK_FRESHNESS_ROUNDS", "100"))
READERS = 3
PARTS = {"indicators": 2, "contracts": 1, "calls": 1, "gateway": 2}


@pytest.mark.timeout(120 + ROUNDS)
def test_an_acknowledged_write_is_in_the_next_read_through_every_gateway(
    module_database: DatabaseUrls, tmp_path: Path
) -> None:
    with running_system(module_database, tmp_path, **PARTS) as system:
        key = system.client_key("officer")

        def clients() -> list[httpx.Client]:
            return [system.gateway_client(key, number) for number in range(2)]

        one, two = clients()
        with one, two:
            unit = set_the_scene(Office(one))
            rounds = Rounds((one, two), unit, seed=7)
            begin = time.monotonic()
            with hammering(rounds, clients, READERS):
                rounds.play(ROUNDS)
            took = time.monotonic() - begin
    counts = rounds.counts
    print(
        f"{counts.rounds} rounds in {took:.0f} s: {counts.reads} reads after writes, {counts.unchanged} of them 304, "
        f"{counts.hammered} reads beside them, {len(counts.stale)} stale"
    )

    assert counts.stale == []
    assert counts.rounds == ROUNDS
    assert counts.combinations == rounds.possible, "some kind of write was never read in some territory"
    assert counts.hammered > ROUNDS
