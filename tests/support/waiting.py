"""Conditions to wait for before a test goes on: a request that itself waits for something."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.databases.watched_tables import WatchedTables

PATIENCE_SECONDS = 120.0
OPEN_TRANSACTIONS = """
    select pid, xact_start, query, query_start from pg_stat_activity
    where datname = current_database() and state = 'idle in transaction'
"""


@contextmanager
def long_poll_signalled(app: Any) -> Iterator[asyncio.Event]:
    """Event that is set when a reader of the application's feed has found nothing and starts to wait for a change."""
    signal, waiting = app.state.service.signal, asyncio.Event()
    wait = signal.wait

    async def noted(generation: int, timeout: float) -> None:
        waiting.set()
        await wait(generation, timeout)

    signal.wait = noted
    try:
        yield waiting
    finally:
        signal.wait = wait


async def wait_for_repeated_query(service: WatchedTables) -> None:
    """Return when an open transaction has run the same query twice: what it looked for was not there the first time."""
    started: dict[tuple[Any, ...], Any] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            for *transaction, query_start in service.query(OPEN_TRANSACTIONS):
                if started.setdefault((*transaction,), query_start) != query_start:
                    return
            await asyncio.sleep(0.005)
