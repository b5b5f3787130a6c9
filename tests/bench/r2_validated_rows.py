"""R2: one CSV of 100,000 rows through the gateway against frictionless and SQLAlchemy.

The peer is what a team writes today: `frictionless.validate` with a schema (types, required, a pattern for the unit,
lists of the indicators and periods, the primary key), then a bulk insert of the same rows with SQLAlchemy into a table
of the same four columns with that primary key. It is given an easier job than ours: it takes any seven digits for a
unit, converts each row once more with the plain csv reader, keeps no file, sums nothing up and sits in the same process
as its caller. Both start each round with fresh tables, after a checkpoint. A bare `COPY` of the same bytes into a table
with that key is read beside them: what the server alone takes for the rows, below which nobody who stores them gets.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
import sqlalchemy as sa
from tests.bench.country import FORM, INDICATORS, OFFICE, PERIODS, Gmina
from tests.bench.figures import OURS, Ratio, Result, times_as_fast
from tests.bench.installation import Server, running_services
from tests.bench.r1_million_rows import COPY, copy_peer, format_stages, timed_stages
from tests.bench.returns import Return, shuffled_return
from tests.bench.rounds import interleaved
from tests.bench.warm_up import warmed_api

from miernik_shared.database import driver_url

PEER, VALIDATION = "frictionless + SQLAlchemy", "frictionless + SQLAlchemy: validation alone"
KEY = ["unit", "indicator", "period"]
_TOTALS = "select count(*), sum(value) from {}"
_LAST = "indicators.observation where submission_no = (select max(submission_no) from indicators.submission)"

metadata = sa.MetaData()
validated = sa.Table(
    "validated",
    metadata,
    sa.Column("unit", sa.Text, primary_key=True),
    sa.Column("indicator", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("value", sa.Numeric(20, 6)),
)


def schema() -> dict[str, Any]:
    """A Table Schema as its standard has it."""
    required = {"required": True}
    return {
        "fields": [
            {"name": "unit", "type": "string", "constraints": {**required, "pattern": "[0-9]{7}"}},
            {"name": "indicator", "type": "string", "constraints": {**required, "enum": list(INDICATORS)}},
            {"name": "period", "type": "string", "constraints": {**required, "enum": list(PERIODS)}},
            {"name": "value", "type": "number", "constraints": {**required, "minimum": 0}},
        ],
        "primaryKey": KEY,
    }


def measure(server: Server, template: str, places: list[Gmina], rounds: int, rows: int) -> Result:
    """Runs the rounds. Asserts that both accept all rows and store as many with the same sum."""
    sent = shuffled_return([place.terc for place in places], rows)
    file = server.directory / "returned.csv"
    file.write_bytes(sent.content)
    engine = sa.create_engine(driver_url(server.peers_url))
    validation: list[float] = []
    peaks: dict[str, float] = {}
    contenders = {
        COPY: lambda: copy_peer(server, sent.content),
        PEER: lambda: _peer_round(server, engine, file, validation),
        OURS: lambda: _our_round(server, template, places, sent, peaks),
    }
    figures = interleaved(rounds, contenders) | {VALIDATION: validation}
    engine.dispose()
    _assert_equal(server)
    stages = timed_stages(server, template, sent, places)
    return Result(
        key="r2",
        title=f"one CSV of {sent.rows:,} rows",
        unit="s",
        figures=figures,
        ratios=[
            Ratio(f"times as fast as {PEER}", times_as_fast(figures[OURS], figures[PEER]), 12),
            Ratio(f"COPY, times as fast as {PEER}", times_as_fast(figures[COPY], figures[PEER])),
        ],
        peak_mib=peaks,
        more={"stages": stages},
        notes=["stages (seconds, one more round; those inside others are indented): " + format_stages(stages)],
    )


def _peer_round(server: Server, engine: sa.Engine, file: Path, validation: list[float]) -> float:
    from frictionless import Resource, Schema, validate  # only here: who leaves R2 out need not install it
    from frictionless.dialect import Dialect
    from frictionless.formats import CsvControl

    metadata.drop_all(engine)
    metadata.create_all(engine)
    server.settle()
    started = perf_counter()
    resource = Resource(
        path=file.name,
        basepath=str(file.parent),
        schema=Schema.from_descriptor(schema()),
        dialect=Dialect(controls=[CsvControl(delimiter=";")]),
    )
    report = validate(resource)
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type"])[:3]
    validation.append(perf_counter() - started)
    with file.open(encoding="utf-8", newline="") as lines, engine.begin() as connection:
        rows = [row | {"value": Decimal(row["value"])} for row in csv.DictReader(lines, delimiter=";")]
        connection.execute(sa.insert(validated), rows)
    return perf_counter() - started


def _our_round(server: Server, template: str, places: list[Gmina], sent: Return, peaks: dict[str, float]) -> float:
    server.copy(template, "r2")
    with running_services(server, "r2") as installation:
        api = warmed_api(installation, places)
        server.settle()
        started = perf_counter()
        answer = api.submit(sent.content, form=FORM, unit=OFFICE, period=sent.period, key="r2")
        seconds = perf_counter() - started
        assert answer.json()["accepted"] == sent.rows
        peaks |= {part: max(mib, peaks.get(part, 0)) for part, mib in installation.peak_mib().items()}
        api.close()
    return seconds


def _assert_equal(server: Server) -> None:
    with psycopg.connect(server.peers_url) as peers, psycopg.connect(server.urls("r2").superuser) as ours:
        stored = ours.execute(_TOTALS.format(_LAST)).fetchone()
        assert stored == peers.execute(_TOTALS.format("validated")).fetchone(), "the rows differ"
