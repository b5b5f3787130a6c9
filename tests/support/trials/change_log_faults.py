"""Faults of a change log and its followers after a trial, as sentences; an empty list if there are none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, LiteralString

import psycopg
from tests.support.trials.change_log_trial import Trial

from miernik_shared.changelog.verify import AuditResult, verify_chain
from miernik_shared.database import create_engine

UNITS = """
    select unit.id, unit.code, unit.kind, version.name, unit.territory, version.active_from, version.active_to,
        version.version, version.position
    from indicators.reporting_unit unit
    join lateral (
        select * from indicators.reporting_unit_version
        where unit_no = unit.unit_no order by version desc limit 1) version on true
    order by unit.id
"""
PROJECTED = """
    select id, code, kind, name, territory, active_from, active_to, version, learnt_at
    from contracts.reporting_unit order by id
"""
UNIT_EVENTS = """
    select position, (event->'data'->>'id')::uuid, (event->'data'->>'version')::int, event->'data'->>'name'
    from indicators.change where action like 'reporting-unit.%' order by position
"""


def faults(trial: Trial) -> list[str]:
    """Faults for events that were lost, doubled or out of order."""
    with psycopg.connect(trial.system.urls.superuser) as connection:
        found = [
            *_acknowledged_once(connection, trial),
            *_projection(connection),
            *_applications(connection),
            *_topics(connection),
            *_dense(connection),
            *_outside(connection, trial),
        ]
    return [*found, *asyncio.run(_chains(trial))]


def _rows(connection: psycopg.Connection[Any], query: LiteralString) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _acknowledged_once(connection: psycopg.Connection[Any], trial: Trial) -> Iterator[str]:
    logged: dict[str, list[tuple[int, str, int]]] = {}
    for position, unit, version, name in _rows(connection, UNIT_EVENTS):
        logged.setdefault(name, []).append((position, str(unit), version))
    for write in trial.acknowledged:
        found = logged.pop(write.name, [])
        if found != [(write.position, write.unit, write.version)]:
            yield f"write {write} is in the log as {found}"
    if logged:
        yield f"{len(logged)} writes in the log were never acknowledged"


def _projection(connection: psycopg.Connection[Any]) -> Iterator[str]:
    truth, projected = set(_rows(connection, UNITS)), set(_rows(connection, PROJECTED))
    if lost := truth - projected:
        yield f"lost: {len(lost)} of {len(truth)} units are not in the projection as they are"
    if foreign := projected - truth:
        yield f"{len(foreign)} units of the projection are not as indicators has them"


def _applications(connection: psycopg.Connection[Any]) -> Iterator[str]:
    happened = [event[:3] for event in _rows(connection, UNIT_EVENTS)]
    applied = _rows(connection, "select learnt_at, unit_id, version from contracts.applied order by number")
    if lost := set(happened) - set(applied):
        yield f"lost: {len(lost)} of {len(happened)} events were not applied"
    if doubled := [event for event, times in Counter(applied).items() if times > 1]:
        yield f"{len(doubled)} events were applied more than once"
    if applied != sorted(applied):
        yield "events were applied out of order"


def _topics(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Faults of the positions by family; a trial touches only families without parts."""
    expected: dict[str, int] = {}
    for position, families in _rows(connection, "select position, event->'families' from indicators.change order by 1"):
        expected |= {topic: position for family in families for topic in (family, f"{family}:*")}
    query = "select family, position from gateway.topic_position where service = 'indicators'"
    found = dict(_rows(connection, query))
    if found != expected:
        yield f"the gateway's topic positions are {found}, not {expected}"


def _dense(connection: psycopg.Connection[Any]) -> Iterator[str]:
    positions = [position for (position,) in _rows(connection, "select position from indicators.change order by 1")]
    if positions != list(range(1, len(positions) + 1)):
        yield f"positions have gaps: {len(positions)} changes up to position {positions[-1]}"
    heads = _rows(connection, "select position from indicators.head")
    cursors = _rows(connection, """
        select 'contracts', position, failure from contracts.follower_cursor where source = 'indicators'
        union all select 'gateway', position, failure from gateway.follower_cursor where source = 'indicators'
    """)  # fmt: skip
    if heads != [(positions[-1],)]:
        yield f"the head row stands at {heads}, the log at {positions[-1]}"
    for follower, position, failure in cursors:
        if (position, failure) != (positions[-1], None):
            yield f"the follower in {follower} stands at {position} of {positions[-1]} ({failure})"


def _outside(connection: psycopg.Connection[Any], trial: Trial) -> Iterator[str]:
    happened = [position for (position,) in _rows(connection, "select position from indicators.change order by 1")]
    if lost := set(happened) - set(trial.read_outside):
        yield f"lost: an outside reader never saw {len(lost)} of {len(happened)} events"
    elif trial.read_outside != happened:
        yield "an outside reader saw events twice or out of order"


async def _chains(trial: Trial) -> Iterable[str]:
    results = {service: await _chain(trial.system.urls.app[service]) for service in ("indicators", "contracts")}
    return [
        f"the chain of {service} is broken at {result.fault_position}: {result.fault}"
        for service, result in results.items()
        if not result.whole
    ]


async def _chain(url: str) -> AuditResult:
    engine = create_engine(url, 1, 0)
    try:
        async with engine.connect() as connection:
            return await verify_chain(connection)
    finally:
        await engine.dispose()
