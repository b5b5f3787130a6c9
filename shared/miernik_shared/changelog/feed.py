"""Feed of the change log: CloudEvents in a JSON envelope, by position, with long polling (http-feeds.org)."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from miernik_shared.changelog.signal import ChangeSignal
from miernik_shared.changelog.tables import ChangeLogTables
from miernik_shared.problems import Problem

PAGE = 1000
"""Default number of events per page."""
LONGEST_PAGE = 10_000
_STORED_BYTES = 4 * 1024 * 1024
"""Limit of a page's events in bytes as Postgres stores them (compressed; about five times more as text).

The event that exceeds the limit is still included. A list of 20,000 applications is one event of megabytes; no process
should hold a thousand of those in memory.
"""


@dataclass(slots=True)
class Event:
    """One change as a CloudEvent 1.0; ``position`` and ``families`` are extension attributes."""

    id: Annotated[str, Field(examples=["indicators/1234"])]
    source: Annotated[str, Field(examples=["/indicators"])]
    type: Annotated[str, Field(examples=["pl.miernik.indicators.reporting-unit.registered"])]
    subject: Annotated[str, Field(examples=["reporting-units/0192f3a4-0000-7000-8000-000000000001"])]
    time: datetime
    position: int
    families: list[str]
    data: dict[str, Any]
    specversion: str = "1.0"
    datacontenttype: str = "application/json"

    @property
    def action(self) -> str:
        """Event type without the prefix of the service: ``reporting-unit.registered``."""
        return self.type.split(".", 3)[3]


class EventPage(BaseModel):
    """Events after the requested position, in order and without gaps; ``next`` is the position of the next request."""

    events: list[Event]
    next: int
    more: bool = Field(description="Whether the page was full, so that more may follow at once")


_EVENT = TypeAdapter(Event)
# One row: the events after a position as JSON text, the last position among them, and whether more may follow.
# Postgres renders the JSON, since a Python object per event would cost more than all other steps together. The stored
# event is an object with ``data`` and ``families``: its text without the opening brace completes ours. Times are in
# the time zone of the connection, UTC.
_PAGE = text("""
    select max(position) as next, count(*) = :limit or bool_or(last_that_fits) as more, string_agg(concat(
            '{"specversion":"1.0","datacontenttype":"application/json","source":"/', service, '","id":"', service, '/',
            position, '","type":', to_json(concat('pl.miernik.', service, '.', action)), ',"subject":',
            to_json(subject), ',"time":', to_json(at), ',"position":', position, ',', substr(event::text, 2)),
        ',' order by position) as events
    from (
        select position, at, action, subject, event, stored - pg_column_size(event) as before,
            stored >= :bytes as last_that_fits
        from (
            select position, at, action, subject, event,
                sum(pg_column_size(event)) over (order by position rows unbounded preceding) as stored
            from change where position > :after order by position limit :limit
        ) candidate
    ) page, cast(:service as text) service
    where before < :bytes
""")


def parse_feed_page(content: bytes) -> EventPage:
    """Parse a page of a feed. Raises ``ValueError`` if the content is not one.

    Only the first event is validated: one SQL statement renders all events of a page, so for the others it is enough
    that their members exist.
    """
    try:
        with _no_garbage_collection():
            page = orjson.loads(content)
            events = [
                Event(
                    one["id"],
                    one["source"],
                    one["type"],
                    one["subject"],
                    datetime.fromisoformat(one["time"]),
                    one["position"],
                    one["families"],
                    one["data"],
                )
                for one in page["events"]
            ]
        if events:
            _EVENT.validate_python(page["events"][0])
        return EventPage.model_construct(events=events, next=int(page["next"]), more=bool(page["more"]))
    except (LookupError, TypeError) as error:
        raise ValueError("not a page of a feed") from error


@contextmanager
def _no_garbage_collection() -> Generator[None]:
    """Disable the cyclic garbage collector, which took up to half of the time of building thousands of objects."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Feed:
    """Feed of one service."""

    def __init__(self, service: str, engine: AsyncEngine, tables: ChangeLogTables, signal: ChangeSignal) -> None:
        self._service = service
        # Each read is one statement and needs no transaction.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._tables = tables
        self._signal = signal

    async def head(self) -> int:
        """Last committed position."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(self._tables.head.c.position))).scalar_one()

    async def page(
        self, after: int, timeout: float, limit: int = PAGE, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> bytes:
        """Page of the events after a position (an :class:`EventPage` as JSON), waiting up to ``timeout`` seconds.

        The wait ends early when the client has disconnected (``gone``): waiting on would delay the shutdown.

        Raises 409 when the position is ahead of the log: the reader has seen a log that no longer exists, such as
        one replaced by a restored backup, and must not continue silently.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        generation = self._signal.generation
        while not (page := await self._page_after(after, limit)):
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                await self._refuse_a_future_position(after)
                break
            await self._signal.wait(generation, remaining)
            generation = self._signal.generation
            if gone and await gone():
                break
        return page or b'{"events":[],"next":%d,"more":false}' % after

    async def _page_after(self, after: int, limit: int) -> bytes | None:
        values = {"service": self._service, "after": after, "limit": limit, "bytes": _STORED_BYTES}
        async with self._engine.connect() as connection:
            row = (await connection.execute(_PAGE, values)).one()
        if row.next is None:
            return None
        return f'{{"events":[{row.events}],"next":{row.next},"more":{str(row.more).lower()}}}'.encode()

    async def _refuse_a_future_position(self, after: int) -> None:
        head = await self.head()
        if after > head:
            raise Problem(409, "position_ahead_of_feed", {"position": str(after), "head": str(head)})
