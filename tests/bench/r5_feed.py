"""R5: from a commit in indicators to the projections of contracts and gateway, against commit + NOTIFY → listener.

Latency. A process with 8 connections commits changes of reporting units, 200 a second, as indicators' own role and by
the product's own `record`, and announces each after its commit as the product does. Contracts, a process of its own,
follows indicators' feed over HTTP and commits the unit's state to its projection. Both ends are taken by the one clock
of the machine: just before the writer sends its COMMIT, and when a listener hears of the row in the projection. It
hears by a trigger of the bench on the projection's table, which notifies for each row that is written; so each event is
checked, too: none lost, none twice, in order. The trigger is work for ours alone.
The peer: 8 connections insert the same events into a table at the same rate, each with a NOTIFY in its transaction, and
the same listener hears it. It is given an easier job: no position and no hash chain, no second service, no HTTP, nobody
who checks who reads, and it keeps nothing: what the listener hears is neither written nor committed a second time.
The gateway follows the same feed in the same rounds, with its topic positions; its follower rests between two fetches
on purpose, so its figure is printed and has no target.

Catch-up. A feed of 200,000 events (40 versions of each of 5,000 units), the projection dropped by the product's own
command. The clock starts when an event is committed that makes the follower look, and stops when the commit of the last
page is heard of; no writer is at work meanwhile. Then the same for the gateway's topic positions. A page of 10,000
events holds each unit twice, and of two states that one transaction would write only the last is written.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import monotonic, sleep
from typing import Any, LiteralString

import psycopg
from tests.bench.figures import OURS, Ratio, Result
from tests.bench.installation import Installation, Server, running_services
from tests.bench.load.processes import run_load, running_load
from tests.bench.rounds import interleaved

from miernik_local.processes import run_operation

EVENTS_PER_SECOND = 200
WRITERS = 8  # connections
WARM_UP = EVENTS_PER_SECOND  # events at the head of a round that are checked but not timed
PARTS = ("indicators", "contracts", "gateway")
PEER, GATEWAY = "commit + NOTIFY → listener", f"{OURS}, the gateway's topic positions"
APPLIED, CONTRACTS_AT, GATEWAY_AT, PEER_HEARD = "r5_applied", "r5_contracts", "r5_gateway", "r5_peer"
PATIENCE_SECONDS = 120.0

Heard = Mapping[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Size:
    """Seconds of a round, events of the feed that is caught up with, units that they are about."""

    seconds: float
    feed: int
    units: int


_NOTED: LiteralString = """
    create function {schema}.{channel}() returns trigger language plpgsql security definer as $$
        begin perform pg_notify('{channel}', (new.{column})::text); return null; end $$;
    create trigger {channel} after {event} on {schema}.{table}
        for each row {when} execute function {schema}.{channel}();
"""
_APPEND: LiteralString = """
    do $do$
    declare
        unit bigint;
        state jsonb;
    begin
        for number in {first}..{last} loop
            unit := number % {units};
            state := jsonb_build_object(
                'name', format('Gminny Ośrodek Pomocy Społecznej nr %s w wersji %s', unit, number / {units} + 1),
                'nip', '5261040828', 'regon', '000331501', 'active_from', '1999-01-01', 'active_to', null,
                'id', lpad(to_hex(unit + 1), 32, '0')::uuid, 'code', 'OPS-' || lpad(unit::text, 6, '0'), 'kind', 'OPS',
                'territory', lpad(unit::text, 7, '0'), 'version', number / {units} + 1, 'external_ids', '[]'::jsonb);
            perform indicators.append_change('bench', 'r5', 'reporting-unit.changed',
                'reporting-units/' || (state ->> 'id'),
                jsonb_build_object('families', '["units"]'::jsonb, 'data', state), state, state);
            if number % 100 = 0 then commit; end if;
        end loop;
    end $do$
"""


@dataclass
class _Stage:
    """State shared by the rounds."""

    server: Server
    installation: Installation
    size: Size
    gateway: list[float] = field(default_factory=list[float])
    medians: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    rates: list[float] = field(default_factory=list[float])

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """As the superuser, in the database of the services."""
        with psycopg.connect(self.installation.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def our_round(self) -> float:
        committed, heard = self._round(self.installation.superuser_url, "changes", (APPLIED, GATEWAY_AT), self._writer)
        _assert_each_once(committed, [position for position, _ in heard[APPLIED]])
        self.gateway.append(self._p99(GATEWAY, _until_passed(committed, heard[GATEWAY_AT])))
        return self._p99(OURS, _until_heard(committed, heard[APPLIED]))

    def peer_round(self) -> float:
        committed, heard = self._round(self.server.peers_url, "notify", (PEER_HEARD,), self.server.peers_url)
        assert len(heard[PEER_HEARD]) == len(committed)
        return self._p99(PEER, _until_heard(committed, heard[PEER_HEARD]))

    @property
    def _writer(self) -> str:
        return self.server.urls("r5").app["indicators"]

    def _round(
        self, listened: str, kind: str, channels: Sequence[str], writer: str
    ) -> tuple[list[tuple[int, int]], Heard]:
        """Events committed and events received."""
        events = WARM_UP + int(self.size.seconds * EVENTS_PER_SECOND)
        order = {"url": listened, "channels": channels}
        work = {"kind": kind, "url": writer, "rate": EVENTS_PER_SECOND, "connections": WRITERS, "events": events}
        self.server.settle()
        with running_load("notifications", order, says_ready=True) as background:
            found = run_load("paced_commits", {**work, "first": 0, "units": self.size.units})
            self.rates.append(found["rate"])
            if kind == "changes":
                self.wait_for_followers()
            sleep(0.5)
        return found["committed"], background.found["heard"]

    def _p99(self, name: str, waits: Sequence[float]) -> float:
        timed = waits[WARM_UP:]
        self.medians.setdefault(name, []).append(median(timed))
        return quantiles(timed, n=100)[98]

    def wait_for_followers(self) -> None:
        """Until both projections stand at the head of indicators' log."""
        at = """
            select min(position) = (select position from indicators.head) from (
                select position from contracts.follower_cursor where source = 'indicators'
                union all select position from gateway.follower_cursor where source = 'indicators') cursors
        """
        deadline = monotonic() + PATIENCE_SECONDS
        while self.run(at) != [(True,)]:
            assert monotonic() < deadline, "a follower does not catch up"
            sleep(0.2)

    def catch_up(self, part: str, projection: str, channel: str) -> float:
        """Events a second of a projection that is built again from 0."""
        self.wait_for_followers()
        environment = {"MIERNIK_DATABASE_URL": self.server.urls("r5").app[part]}
        self.server.settle()
        order = {"url": self.installation.superuser_url, "channels": [channel]}
        with running_load("notifications", order, says_ready=True) as background:
            run_operation(part, ["rebuild-projection", projection], environment)
            # The follower waits for news at the head; one event makes it look, and it finds its cursor at 0.
            one = {"rate": EVENTS_PER_SECOND, "connections": 1, "events": 1, "first": 0, "units": self.size.units}
            found = run_load("paced_commits", {"kind": "changes", "url": self._writer, **one})
            self.wait_for_followers()
            sleep(0.2)
        ((head, began),) = found["committed"]
        heard = background.found["heard"][channel]
        ended = next(at for position, at in heard if position == head)
        pages = [position for position, _ in heard]
        assert pages == sorted(set(pages)), "pages were applied out of order"
        return head / (ended - began) * 1e9


def measure(server: Server, rounds: int, size: Size) -> Result:
    """Runs the rounds."""
    server.create("r5")
    _prepare_peer(server)
    with running_services(server, "r5", parts=PARTS) as installation:
        stage = _Stage(server, installation, size)
        _note(stage, APPLIED, "contracts", "reporting_unit", "learnt_at", "insert or update")
        _note(
            stage,
            CONTRACTS_AT,
            "contracts",
            "follower_cursor",
            "position",
            "update",
            "when (new.source = 'indicators')",
        )
        _note(stage, GATEWAY_AT, "gateway", "follower_cursor", "position", "update", "when (new.source = 'indicators')")
        _append(stage, 1, 1)
        stage.wait_for_followers()
        figures = interleaved(rounds, {PEER: stage.peer_round, OURS: stage.our_round})
        _assert_same_units(stage)
        stage.run(f"drop trigger {APPLIED} on contracts.reporting_unit")
        caught_up = _catch_up(stage, rounds)
        _assert_same_units(stage)
        return _result(stage, figures, caught_up)


def _prepare_peer(server: Server) -> None:
    with psycopg.connect(server.peers_url, autocommit=True) as connection:
        connection.execute("drop table if exists r5_event")
        connection.execute(
            "create table r5_event (position bigint generated always as identity primary key, event jsonb not null)"
        )


def _note(stage: _Stage, channel: str, schema: str, table: str, column: str, event: str, when: str = "") -> None:
    parts = {"channel": channel, "schema": schema, "table": table, "column": column, "event": event, "when": when}
    stage.run(_NOTED.format(**parts))


def _append(stage: _Stage, first: int, last: int, units: int | None = None) -> None:
    """Writes events to indicators' log by the product's database function, without announcing them."""
    stage.run(_APPEND.format(first=first, last=last, units=units or stage.size.units))


def _catch_up(stage: _Stage, rounds: int) -> dict[str, list[float]]:
    contracts: Callable[[], float] = lambda: stage.catch_up("contracts", "reporting_units", CONTRACTS_AT)  # noqa: E731
    gateway: Callable[[], float] = lambda: stage.catch_up("gateway", "topic_positions", GATEWAY_AT)  # noqa: E731
    written = stage.run("select position from indicators.head")[0][0]
    _append(stage, 1, stage.size.feed - written)
    stage.server.run("vacuum analyze", "r5")
    return interleaved(rounds, {CONTRACTS_AT: contracts, GATEWAY_AT: gateway})


def _until_heard(committed: Sequence[tuple[int, int]], heard: Sequence[tuple[int, int]]) -> list[float]:
    """Milliseconds from each commit until it was heard of."""
    at = dict(heard)
    return [(at[position] - began) / 1e6 for position, began in sorted(committed)]


def _until_passed(committed: Sequence[tuple[int, int]], heard: Sequence[tuple[int, int]]) -> list[float]:
    """Milliseconds from each commit until a cursor stood there or further."""
    waits: list[float] = []
    cursors = iter(heard)
    position, at = next(cursors)
    for wanted, began in sorted(committed):
        while position < wanted:
            position, at = next(cursors)
        waits.append((at - began) / 1e6)
    return waits


def _assert_each_once(committed: Sequence[tuple[int, int]], applied: Sequence[int]) -> None:
    written = sorted(position for position, _ in committed)
    lost = set(written) - set(applied)
    twice = [position for position, times in Counter(applied).items() if times > 1]
    assert not lost, f"{len(lost)} of {len(written)} events were lost"
    assert not twice, f"{len(twice)} events were applied twice"
    assert list(applied) == written, "events were applied out of order"


def _assert_same_units(stage: _Stage) -> None:
    """The projection is the last state of each unit in the log, member by member."""
    ((wrong, units),) = stage.run("""
        with last as (
            select distinct on (subject) position, event -> 'data' as data from indicators.change
            where action like 'reporting-unit.%' order by subject, position desc)
        select count(*) filter (where unit.id is null or last.position is null or (unit.code, unit.kind, unit.name,
            unit.territory, unit.active_from::text, unit.version, unit.learnt_at) is distinct from (data ->> 'code',
            data ->> 'kind', data ->> 'name', data ->> 'territory', data ->> 'active_from', (data ->> 'version')::int,
            last.position)), count(*)
        from last full join contracts.reporting_unit unit on unit.id = (data ->> 'id')::uuid
    """)
    assert not wrong, f"{wrong} of {units} units are not in the projection as they are in the log"


def _result(stage: _Stage, figures: dict[str, list[float]], caught_up: dict[str, list[float]]) -> Result:
    ratios = [
        Ratio("commit → visible, p99 in that of the peer", _ratio(figures[OURS], figures[PEER]), 6, at_most=True),
        Ratio("the same, median", _ratio(stage.medians[OURS], stage.medians[PEER])),
        Ratio("catch-up, events/s: contracts' reporting units", caught_up[CONTRACTS_AT], 100_000),
        Ratio("catch-up, events/s: the gateway's topic positions", caught_up[GATEWAY_AT]),
    ]
    events = len(figures[OURS]) * (WARM_UP + int(stage.size.seconds * EVENTS_PER_SECOND))
    notes = [
        f"{events:,} events: 0 lost, 0 twice, in order; written at {min(stage.rates):.0f} a second and more",
        "medians, ms: " + "; ".join(f"{name} {median(values):.1f}" for name, values in stage.medians.items()),
        f"catch-up over {stage.size.feed:,} events of {stage.size.units:,} units",
        f"load average after: {os.getloadavg()[0]:.1f}",
    ]
    more = {"medians": stage.medians, "rates": stage.rates, "caught up": caught_up}
    title = f"commit → another's projection, {EVENTS_PER_SECOND} events/s, {WRITERS} writers"
    shown = {**figures, GATEWAY: stage.gateway}
    return Result("r5", title, "p99, ms", shown, ratios, notes, stage.installation.peak_mib(), more)


def _ratio(ours: Sequence[float], peer: Sequence[float]) -> list[float]:
    return [own / theirs for own, theirs in zip(ours, peer, strict=True)]
