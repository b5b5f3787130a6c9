"""Concurrent writer of the log of ``calls``, whose transaction a test leaves open during a request."""

from __future__ import annotations

import asyncio
from typing import Any, LiteralString

import psycopg
from tests.support.databases.watched_tables import WatchedTables

OpenWriter = psycopg.Connection[Any]
_BLOCKED = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
_IDENTITY: LiteralString = (
    "insert into application (id, office, number, number_key, current_version) "
    "values (gen_random_uuid(), '04', %s, %s, 1) returning application_no"
)
_VERSION = "insert into application_version (application_no, version, office, position) values (%s, 1, '04', %s)"


def open_writer(service: WatchedTables) -> OpenWriter:
    """A connection whose transaction is open until the test commits it, or at the latest until its block ends."""
    return psycopg.connect(service.urls.superuser, options="-c search_path=calls")


def append_change(writer: OpenWriter) -> int:
    """Position of a change of applications that is not committed yet."""
    event = '{"families": ["applications:04"], "data": {}}'
    append = "select position from append_change('test', 'r', 'thing.done', 'things/1', %s, null, null)"
    ((position,),) = writer.execute(append, [event]).fetchall()
    return position


def insert_application(writer: OpenWriter, number: str, position: int) -> None:
    """An application that has reached no stage."""
    ((application_no,),) = writer.execute(_IDENTITY, [number, number]).fetchall()
    writer.execute(_VERSION, [application_no, position])


async def until_blocked(service: WatchedTables, request: asyncio.Task[Any]) -> None:
    """Wait until the request waits for a lock, or has been answered."""
    async with asyncio.timeout(20):
        while not request.done() and not service.query(_BLOCKED):  # noqa: ASYNC110 - Postgres offers no event
            await asyncio.sleep(0.01)
