"""Nothing acknowledged is lost and nothing is applied twice, whatever dies while it happens.

Eight writers go through two replicas of indicators; two replicas of contracts and two gateways follow its feed. While
they do, processes are killed and the database server crashes. The same trial on positions from a sequence must fail:
otherwise it would prove nothing.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.support.services.running_system import OwnDatabase, RunningSystem, own_database, running_system
from tests.support.trials.change_log_faults import faults
from tests.support.trials.change_log_trial import Trial, prepare, wait_for_followers, writers_at_work

from miernik_local.provision import DatabaseUrls

SEED = int(os.environ.get("MIERNIK_TRIAL_SEED", "20110926"))
SECONDS = float(os.environ.get("MIERNIK_TRIAL_SECONDS", "22"))
CRASHES = 2
FEWEST_WRITES = 200


def test_killed_processes_and_crashes_neither_lose_nor_double_events(tmp_path: Path) -> None:
    with (
        own_database() as database,
        running_system(database.urls, tmp_path, indicators=2, contracts=2, gateway=2) as all,
    ):
        prepare(all)
        trial = Trial(all)
        with writers_at_work(trial, SEED):
            killed = do_the_worst(database, all, Random(SEED), too_few=lambda: len(trial.acknowledged) < FEWEST_WRITES)
        for replica in all.all:
            replica.wait_until_ready()
        wait_for_followers(trial)
        print(f"{len(trial.acknowledged)} writes, {trial.repeated} repeated, {dict(killed)} killed, {trial.statuses}")
        assert faults(trial) == []
        assert trial.statuses[500] == 0, "an outage was answered as if it were a defect"
        assert len(trial.acknowledged) >= FEWEST_WRITES
        assert trial.repeated > 0, "nobody noticed the outages: the trial proves nothing"
        assert killed["postgres"] == CRASHES
        assert min(killed[part] for part in ("indicators", "contracts", "gateway")) >= 2


def do_the_worst(
    database: OwnDatabase, system: RunningSystem, random: Random, too_few: Callable[[], bool]
) -> Counter[str]:
    """Kills one process after another, starting each again, and crashes the server at even intervals.

    Goes on where the machine was too busy for a trial's fewest writes, up to three times as long.
    """
    killed: Counter[str] = Counter()
    begin = time.monotonic()
    victims = [part for part in system.replicas for _ in range(2)]
    while (passed := time.monotonic() - begin) < SECONDS or (too_few() and passed < 3 * SECONDS):
        if killed["postgres"] < CRASHES and passed > SECONDS * (killed["postgres"] + 1) / (CRASHES + 1):
            database.crash()
            time.sleep(random.random())
            database.start_again()
            killed["postgres"] += 1
            continue
        part = victims[sum(killed.values()) % len(victims)]
        replica = random.choice(system.replicas[part])
        replica.kill()
        time.sleep(random.random() * 0.3)
        replica.start()
        killed[part] += 1
        time.sleep(0.5 + random.random())
    return killed


def test_the_same_trial_without_a_lock_on_the_head_row_loses_events(database: DatabaseUrls, tmp_path: Path) -> None:
    with running_system(database, tmp_path, indicators=2, contracts=1, gateway=1) as all:
        prepare(all, by_sequence=True)
        trial = Trial(all)
        with writers_at_work(trial, SEED):
            time.sleep(4)
        wait_for_followers(trial, seconds=3)
        found = faults(trial)
    print(*found, sep="\n")

    assert any("an outside reader never saw" in fault for fault in found)
    assert any("events were not applied" in fault for fault in found)
    assert any("units are not in the projection" in fault for fault in found)
    assert any("positions have gaps" in fault for fault in found)
    assert any("chain of indicators is broken" in fault for fault in found)
