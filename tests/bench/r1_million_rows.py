"""R1: one CSV of 1,000,000 rows through the gateway against `COPY` of the same bytes.

Ours: HTTP through the gateway; every cell checked, repeated rows found, stored as facts in key order with their index,
rolled up by powiat, file kept, change and receipt written. The peer: `COPY … FROM STDIN` of the very same bytes into a
table of the same four columns with the primary key (unit, indicator, period), and nothing else. Both on one server,
each round on fresh tables, after a checkpoint: ours on a fresh copy of a loaded database, with services just started
that took one small return before the clock starts. The rows come in no order.

Then the same request again with its key, and the same content with another key: neither may store anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psycopg
from tests.bench.api import Answer, Api
from tests.bench.country import FORM, OFFICE, Gmina
from tests.bench.figures import OURS, Ratio, Result, times_as_fast
from tests.bench.installation import Installation, Server, running_services
from tests.bench.returns import Return, shuffled_return
from tests.bench.rounds import interleaved
from tests.bench.warm_up import warmed_api

from miernik_local.supervisor import Command

SAME_KEY, SAME_CONTENT, COPY = "same key again", "same content, another key", "COPY"
_PEER_TABLE = """
    drop table if exists returned;
    create table returned (
        unit text, indicator text, period text, value numeric(20, 6), primary key (unit, indicator, period));
"""
_COPY = "copy returned from stdin with (format csv, delimiter ';', header)"
# Order-free fingerprints of all rows, each in the words of the file.
_PEER_ROWS = """
    select count(*), sum(hashtextextended(concat_ws('|', left(unit, 6), indicator, period, value), 0)) from returned
"""
_OUR_ROWS = """
    select count(*), sum(hashtextextended(concat_ws('|', unit.territory, series.code,
        to_char(effective_on, 'YYYY-') || case extract(month from effective_on) when 6 then 'H1' else 'H2' end,
        value), 0))
    from indicators.observation join indicators.reporting_unit unit using (unit_no)
    join (select distinct series_no, indicator.code from indicators.indicator_version
          join indicators.indicator using (indicator_no)) series using (series_no)
    where submission_no = (select max(submission_no) from indicators.submission)
"""
_ROLLUP_DIFFERS = """
    select count(*) from (
        select series_no, effective_on, powiat, sum(value) as value, count(value) as reported
        from indicators.observation group by 1, 2, 3
        except select series_no, effective_on, powiat, sum, reported from indicators.indicator_rollup) different
"""


@dataclass
class _Measured:
    """Results of the rounds besides their seconds."""

    again: dict[str, list[float]] = field(default_factory=lambda: {SAME_KEY: [], SAME_CONTENT: []})
    peaks: dict[str, float] = field(default_factory=dict)
    compared: bool = False


def measure(server: Server, template: str, places: list[Gmina], rounds: int, rows: int) -> Result:
    """Runs the rounds. Asserts that both sides hold the same rows, and that our rollup is the fold of our facts."""
    sent = shuffled_return([place.terc for place in places], rows)
    left = _Measured()
    contenders = {
        COPY: lambda: copy_peer(server, sent.content),
        OURS: lambda: _our_round(server, template, sent, places, left),
    }
    figures = interleaved(rounds, contenders) | left.again
    stages = timed_stages(server, template, sent, places)
    ours = figures[OURS]
    return Result(
        key="r1",
        title=f"one CSV of {sent.rows:,} rows ({len(sent.content) / 1e6:.0f} MB)",
        unit="s",
        figures=figures,
        ratios=[
            Ratio("speed of a first return, in that of COPY", times_as_fast(ours, figures[COPY]), 0.7),
            Ratio("sent again with the same key, times as fast", times_as_fast(left.again[SAME_KEY], ours), 2),
            Ratio("same content with another key, times as fast", times_as_fast(left.again[SAME_CONTENT], ours), 2),
        ],
        peak_mib=left.peaks,
        more={"stages": stages},
        notes=["stages (seconds, one more round; those inside others are indented): " + format_stages(stages)],
    )


def copy_peer(server: Server, content: bytes) -> float:
    """Seconds of a COPY with its commit."""
    with psycopg.connect(server.peers_url) as connection:
        connection.execute(_PEER_TABLE)
        connection.commit()
        server.settle()
        started = perf_counter()
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.write(content)
        connection.commit()
        return perf_counter() - started


def _our_round(server: Server, template: str, sent: Return, places: list[Gmina], left: _Measured) -> float:
    server.copy(template, "r1")
    with running_services(server, "r1") as installation:
        api = warmed_api(installation, places)
        server.settle()
        seconds, first = timed(lambda: _send(api, sent, "r1-first"))
        for name, key in ((SAME_KEY, "r1-first"), (SAME_CONTENT, "r1-second")):
            again, answer = timed(lambda key=key: _send(api, sent, key))
            assert answer.json() == first.json(), f"{name}: another receipt"
            left.again[name].append(again)
        left.peaks = {part: max(mib, left.peaks.get(part, 0)) for part, mib in installation.peak_mib().items()}
        assert first.status == 201
        assert first.json()["accepted"] == sent.rows
        if not left.compared:
            _assert_equal(server, installation)
            left.compared = True
        api.close()
    return seconds


def _send(api: Api, sent: Return, key: str) -> Answer:
    return api.submit(sent.content, form=FORM, unit=OFFICE, period=sent.period, key=key)


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds until the whole answer is there, and the answer."""
    started = perf_counter()
    answer = work()
    return perf_counter() - started, answer


def _assert_equal(server: Server, installation: Installation) -> None:
    with psycopg.connect(server.peers_url) as peers, psycopg.connect(installation.superuser_url) as ours:
        assert ours.execute(_OUR_ROWS).fetchone() == peers.execute(_PEER_ROWS).fetchone(), "the rows differ"
        assert ours.execute(_ROLLUP_DIFFERS).fetchone() == (0,), "the rollup is not the fold of the facts"


def timed_stages(server: Server, template: str, sent: Return, places: list[Gmina]) -> dict[str, float]:
    """Profile one more round: an indicators process that records the duration of its steps."""
    server.copy(template, "r1")
    file = server.directory / "stages.json"
    timed_app = Command("indicators", ["tests.bench.stages:create_app"], {"MIERNIK_BENCH_STAGES": str(file)})
    with running_services(server, "r1", {"indicators": timed_app}) as installation:
        api = warmed_api(installation, places)
        server.settle()
        seconds, _ = timed(lambda: _send(api, sent, "r1-first"))
        api.close()
    return read_stages(file) | {"whole request through the gateway": seconds}


def read_stages(file: Path) -> dict[str, float]:
    """Seconds by step, of the last return that was measured."""
    return json.loads(file.read_text(encoding="utf-8"))


def format_stages(stages: dict[str, float]) -> str:
    """The steps as one line of notes."""
    return "; ".join(f"{name} {seconds:.2f}" for name, seconds in stages.items())
