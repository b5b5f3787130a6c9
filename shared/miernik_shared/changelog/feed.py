"""Reading the log as a feed: CloudEvents in a JSON envelope, by position, with long polling (http-feeds.org)."""

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
"""Events of a page, unless its reader asks for more or fewer."""
LONGEST_PAGE = 10_000
_STORED_BYTES = 4 * 1024 * 1024
"""What the events of a page may take as Postgres stores them: compressed, some five times more as text. One event more
always goes. A list of 20,000 applications makes an event of megabytes, and nobody should hold a thousand of those."""


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
        """The event's type without the prefix of the service: ``reporting-unit.registered``."""
        return self.type.split(".", 3)[3]


class EventPage(BaseModel):
    """Events after the asked position, in order and without gaps; ``next`` is the position to ask after."""

    events: list[Event]
    next: int
    more: bool = Field(description="Whether the page was full, so that more may follow at once")


_EVENT = TypeAdapter(Event)
# Postgres writes the JSON: a Python object for each event would cost more than everything else on its way. The event's
# own text begins with a brace and holds ``data`` and ``families``; its rest ends ours. Times are in the zone of the
# connection, which is UTC.
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
        ) asked
    ) page, cast(:service as text) service
    where before < :bytes
""")


def parse_feed_page(content: bytes) -> EventPage:
    """A page as the feed sent it. Raises ``ValueError`` for anything else.

    The first event is checked by the whole contract; one statement made the others, so of them only the members must
    be there.
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
    """For what makes thousands of objects and no garbage: looking through them took up to half of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Feed:
    """The feed of one service."""

    def __init__(self, service: str, engine: AsyncEngine, tables: ChangeLogTables, signal: ChangeSignal) -> None:
        self._service = service
        # Each reading is one statement and needs no transaction around it.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._tables = tables
        self._signal = signal

    async def head(self) -> int:
        """The last committed position."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(self._tables.head.c.position))).scalar_one()

    async def page(
        self, after: int, timeout: float, limit: int = PAGE, gone: Callable[[], Awaitable[bool]] | None = None
    ) -> bytes:
        """An :class:`EventPage` as JSON: events after a position; waits up to ``timeout`` seconds for the first.

        It waits no longer than its reader: for one who is ``gone`` it would hold up the end of the process.

        Raises a 409 problem when the asked position lies ahead of the log: the reader saw a log that is gone
        (a restored backup), and must not go on as if nothing had happened.
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
