"""Commits at a steady rate over a few connections, for a while. Runs as a process.

Input (standard input): JSON with `kind`, `url`, `rate`, `connections`, `events`, `first` (number of the first event)
and `units`. Kinds:
  - `changes`: a change of a reporting unit, written by the product's `record` and announced after the commit by the
    product's `ChangeSignal`, as a request that changes a unit ends;
  - `notify`: the same event inserted into a plain table, with its `NOTIFY` in the same transaction.
Output: JSON with `committed` (pairs of position and the clock, in ns, just before the commit was sent), `seconds` and
`rate`. When all connections are busy, events come late and not never: the rate says whether the pace was kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from psycopg.types.json import Jsonb

from miernik_shared.changelog.record import Change, Origin, record
from miernik_shared.changelog.signal import ChangeSignal
from miernik_shared.database import create_engine

Commit = Callable[[int], Awaitable[tuple[int, int]]]
"""Commits one event; its position and the clock just before the commit was sent."""


def unit_change(number: int, units: int) -> Change:
    """The change of a reporting unit as the indicators service writes it: each unit in its turn."""
    unit, version = number % units, number // units + 1
    state = {
        "name": f"Gminny Ośrodek Pomocy Społecznej nr {unit} w wersji {version}",
        "nip": "5261040828",
        "regon": "000331501",
        "active_from": "1999-01-01",
        "active_to": None,
        "id": str(UUID(int=unit + 1)),
        "code": f"OPS-{unit:06}",
        "kind": "OPS",
        "territory": f"{unit % 10_000_000:07}",
        "version": version,
        "external_ids": [],
    }
    before = {**state, "version": version - 1}
    return Change("reporting-unit.changed", f"reporting-units/{state['id']}", ("units",), state, before, state)


async def commit_paced(order: dict[str, Any], commit: Commit) -> dict[str, Any]:
    """Each connection takes the next number, waits until it is due and commits it."""
    numbers = count()
    committed: list[tuple[int, int]] = []
    began = time.perf_counter()

    async def one_connection() -> None:
        while (number := next(numbers)) < order["events"]:
            await asyncio.sleep(max(0.0, began + number / order["rate"] - time.perf_counter()))
            committed.append(await commit(order["first"] + number))

    await asyncio.gather(*(one_connection() for _ in range(order["connections"])))
    took = time.perf_counter() - began
    return {"committed": committed, "seconds": took, "rate": order["events"] / took}


async def changes(order: dict[str, Any]) -> dict[str, Any]:
    # One connection more: announcing has its own.
    engine = create_engine(order["url"], order["connections"] + 1, 0)
    signal = ChangeSignal(engine, "miernik_indicators")

    async def commit(number: int) -> tuple[int, int]:
        async with engine.connect() as connection:
            change = unit_change(number, order["units"])
            recorded = await record(connection, Origin("bench", f"r5-{number}"), change)
            committing = time.monotonic_ns()
            await connection.commit()
        signal.announce()
        return recorded.position, committing

    try:
        return await commit_paced(order, commit)
    finally:
        await signal.stop()
        await engine.dispose()


async def notify(order: dict[str, Any]) -> dict[str, Any]:
    connect = psycopg.AsyncConnection.connect
    free = [await connect(order["url"]) for _ in range(order["connections"])]
    insert = """
        with added as (insert into r5_event (event) values (%s) returning position)
        select position, pg_notify('r5_peer', position::text) from added
    """

    async def commit(number: int) -> tuple[int, int]:
        connection = free.pop()
        event = Jsonb(dict(unit_change(number, order["units"]).data))
        row = await (await connection.execute(insert, [event])).fetchone()
        assert row
        committing = time.monotonic_ns()
        await connection.commit()
        free.append(connection)
        return row[0], committing

    try:
        return await commit_paced(order, commit)
    finally:
        for connection in free:
            await connection.close()


async def main() -> None:
    order = json.load(sys.stdin)
    print(json.dumps(await {"changes": changes, "notify": notify}[order["kind"]](order)))


if __name__ == "__main__":
    uvloop.run(main())
