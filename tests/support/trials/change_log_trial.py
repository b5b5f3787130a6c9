"""Writers, followers and an outside reader of one change log, while processes are killed.

A trial goes in three steps: writers begin, the caller does its worst to the system, the writers finish. Every write is
repeated under its key until it is acknowledged, so at the end the log must hold each of them exactly once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import Any

import httpx
import psycopg
from tests.support.regions.terc_files import GMINY, terc_file
from tests.support.services.running_system import RunningSystem, service_client

WRITERS = 8
PATIENCE_SECONDS = 60.0
CATCH_UP_SECONDS = 45.0

# Holds a transaction open between taking its position and its commit, so that commits may overtake each other.
SLOW_COMMITS = """
    create function indicators.sleep_before_commit() returns trigger language plpgsql as $$
        begin perform pg_sleep(random() * 0.02); return null; end $$;
    create constraint trigger sleep_before_commit after insert on indicators.change
        deferrable initially deferred for each row execute function indicators.sleep_before_commit();
"""
# Every row that the projection writes, in the order of writing, which the lock on the cursor makes that of applying.
NOTED_APPLICATIONS = """
    create table contracts.applied (
        number bigint generated always as identity, unit_id uuid, learnt_at bigint, version integer);
    create function contracts.note_application() returns trigger language plpgsql security definer as $$
        begin
            insert into contracts.applied (unit_id, learnt_at, version) values (new.id, new.learnt_at, new.version);
            return null;
        end $$;
    create trigger note_application after insert or update on contracts.reporting_unit
        for each row execute function contracts.note_application();
"""
# What the change log must not be: positions by a sequence, with no lock held until the commit.
POSITIONS_BY_SEQUENCE = """
    create sequence indicators.position_by_sequence;
    alter sequence indicators.position_by_sequence owner to indicators_owner;
    select setval('indicators.position_by_sequence', position) from indicators.head where position > 0;
    create or replace function indicators.append_change(actor text, request_id text, action text, subject text,
        event jsonb, before jsonb, after jsonb, out "position" bigint, out at timestamptz)
        language plpgsql volatile security definer set search_path = indicators as $$
        begin
            "position" := nextval('position_by_sequence');
            at := clock_timestamp();
            insert into change values ("position", at, actor, request_id, action, subject, event, before, after, '');
        end $$;
"""
ABANDONED_WRITE = "select append_change('nobody', 'none', 'reporting-unit.changed', 'x', '{}', null, null)"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write that was answered with success. ``name`` is in no other write."""

    name: str
    unit: str
    version: int
    position: int


@dataclass
class Trial:
    """Answers to the writers, and the events seen by the outside reader."""

    system: RunningSystem
    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])
    read_outside: list[int] = field(default_factory=list[int])
    statuses: Counter[int] = field(default_factory=Counter[int])
    repeated: int = 0
    enough: Event = field(default_factory=Event)
    written: Event = field(default_factory=Event)

    def head(self) -> int:
        """Greatest position in the log, independent of the head row."""
        with psycopg.connect(self.system.urls.superuser) as connection:
            row = connection.execute("select coalesce(max(position), 0) from indicators.change").fetchone()
        assert row
        return int(row[0])


def prepare(system: RunningSystem, *, by_sequence: bool = False) -> None:
    """The register that units need, then the test's own additions to the database."""
    with service_client(system.url("indicators"), "indicators", "officer") as client:
        sent = client.post("/v1/territory-imports", content=terc_file(), headers={"Content-Type": "text/csv"})
        sent.raise_for_status()
    with psycopg.connect(system.urls.superuser, autocommit=True) as connection:
        connection.execute(SLOW_COMMITS)
        connection.execute(NOTED_APPLICATIONS)
        if by_sequence:
            connection.execute(POSITIONS_BY_SEQUENCE)


@contextmanager
def writers_at_work(trial: Trial, seed: int) -> Iterator[None]:
    """Eight writers, one who abandons his transactions, one outside reader; at the end of the block all finish."""
    with ThreadPoolExecutor(WRITERS + 2) as pool:
        reader = pool.submit(_read_outside, trial, Random(seed))
        others = [pool.submit(_abandon_writes, trial, Random(seed + 1))]
        others += [pool.submit(Writer(trial, number, Random(seed + 2 + number)).write) for number in range(WRITERS)]
        try:
            yield
        finally:
            trial.enough.set()
            _finish(others)
            trial.written.set()
            _finish([reader])


def _finish(tasks: Sequence[Future[None]]) -> None:
    for task in tasks:
        task.result()


class Writer:
    """Writer that registers and changes units, each write acknowledged before the next one."""

    def __init__(self, trial: Trial, number: int, random: Random) -> None:
        self._trial = trial
        self._number = number
        self._random = random
        self._units: list[dict[str, Any]] = []
        self._clients: list[httpx.Client] = []

    def write(self) -> None:
        with _clients_of_all_replicas(self._trial, f"writer-{self._number}") as self._clients:
            count = 0
            while not self._trial.enough.is_set():
                count += 1
                self._write_one(count)
                time.sleep(self._random.random() * 0.03)

    def _write_one(self, count: int) -> None:
        name, key = f"Ośrodek {self._number}/{count}", f"{self._number}-{count}"
        if len(self._units) < 4 or self._random.random() < 0.2:
            territory = self._random.choice(GMINY).code
            body = {"kind": "OPS", "code": f"OPS-{key}", "territory": territory, "name": name}
            unit = self._insist("POST", "/v1/reporting-units", {"Idempotency-Key": key}, body)
            self._units.append(unit)
            return
        place = self._random.randrange(len(self._units))
        before = self._units[place]
        headers = {"Idempotency-Key": key, "If-Match": f'"v{before["version"]}"'}
        self._units[place] = self._insist("PUT", f"/v1/reporting-units/{before['id']}", headers, {"name": name})

    def _insist(self, method: str, path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """Send a write to any replica until it is acknowledged."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            client = self._random.choice(self._clients)
            with suppress(httpx.TransportError):
                answer = client.request(method, path, json=body, headers=headers)
                self._trial.statuses[answer.status_code] += 1
                if answer.is_success:
                    return self._acknowledged(answer)
                assert answer.status_code >= 500 or "retry-after" in answer.headers, answer.text
            self._trial.repeated += 1
            time.sleep(0.05 + self._random.random() * 0.2)
        raise AssertionError(f"{method} {path} was not acknowledged within {PATIENCE_SECONDS:.0f} s")

    def _acknowledged(self, answer: httpx.Response) -> dict[str, Any]:
        unit: dict[str, Any] = answer.json()
        position = int(answer.headers["miernik-position"].removeprefix("indicators="))
        self._trial.acknowledged.append(Acknowledged(unit["name"], unit["id"], unit["version"], position))
        return unit


def _abandon_writes(trial: Trial, random: Random) -> None:
    """Allocate positions and roll back, as a process does that dies before its commit."""
    while not trial.enough.is_set():
        with suppress(psycopg.OperationalError), psycopg.connect(trial.system.urls.app["indicators"]) as connection:
            connection.execute(ABANDONED_WRITE)
            connection.rollback()
        trial.enough.wait(0.2 + random.random() * 0.3)


def _read_outside(trial: Trial, random: Random) -> None:
    """Follows the feed by ``next`` alone, as another system does that keeps nothing but a number."""
    after, deadline = 0, time.monotonic() + 2 * PATIENCE_SECONDS
    with _clients_of_all_replicas(trial, "outside") as clients:
        while time.monotonic() < deadline and not (trial.written.is_set() and after >= trial.head()):
            with suppress(httpx.TransportError):
                answer = random.choice(clients).get("/v1/events", params={"after": after, "timeout": 1})
                trial.statuses[answer.status_code] += 1
                if answer.is_success:
                    page = answer.json()
                    trial.read_outside += [event["position"] for event in page["events"]]
                    after = page["next"]
                    continue
            time.sleep(0.1)


@contextmanager
def _clients_of_all_replicas(trial: Trial, name: str) -> Iterator[list[httpx.Client]]:
    with ExitStack() as stack:
        replicas = trial.system.replicas["indicators"]
        yield [stack.enter_context(service_client(replica.url, "indicators", name)) for replica in replicas]


def wait_for_followers(trial: Trial, seconds: float = CATCH_UP_SECONDS) -> None:
    """Until the cursors of contracts and gateway have reached the head, or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not _caught_up(trial):
        time.sleep(0.1)


def _caught_up(trial: Trial) -> bool:
    query = """
        select min(position) from (
            select position from contracts.follower_cursor where source = 'indicators'
            union all select position from gateway.follower_cursor where source = 'indicators') cursors
    """
    with psycopg.connect(trial.system.urls.superuser) as connection:
        row = connection.execute(query).fetchone()
    return row is not None and row[0] == trial.head()
