"""Reading the log as a feed: CloudEvents in a JSON envelope, by position, with long polling (http-feeds.org)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from miernik_shared.changelog.signal import ChangeSignal
from miernik_shared.changelog.tables import ChangeLogTables
from miernik_shared.database import AnyRow
from miernik_shared.problems import Problem

PAGE = 1000


class Event(BaseModel):
    """One change as a CloudEvent 1.0; ``position`` and ``families`` are extension attributes."""

    specversion: str = "1.0"
    id: str = Field(examples=["indicators/1234"])
    source: str = Field(examples=["/indicators"])
    type: str = Field(examples=["pl.miernik.indicators.reporting-unit.registered"])
    subject: str = Field(examples=["reporting-units/0192f3a4-0000-7000-8000-000000000001"])
    time: datetime
    datacontenttype: str = "application/json"
    position: int
    families: list[str]
    data: dict[str, Any]

    @property
    def action(self) -> str:
        """The event's type without the prefix of the service: ``reporting-unit.registered``."""
        return self.type.split(".", 3)[3]


class EventPage(BaseModel):
    """Events after the asked position, in order and without gaps; ``next`` is the position to ask after."""

    events: list[Event]
    next: int


class Feed:
    """The feed of one service."""

    def __init__(self, service: str, engine: AsyncEngine, tables: ChangeLogTables, signal: ChangeSignal) -> None:
        self._service = service
        self._engine = engine
        self._tables = tables
        self._signal = signal

    async def head(self) -> int:
        """The last committed position."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(self._tables.head.c.position))).scalar_one()

    async def page(self, after: int, timeout: float, gone: Callable[[], Awaitable[bool]] | None = None) -> EventPage:
        """Events after a position; waits up to ``timeout`` seconds for the first.

        It waits no longer than its reader: for one who is ``gone`` it would hold up the end of the process.

        Raises a 409 problem when the asked position lies ahead of the log: the reader saw a log that is gone
        (a restored backup), and must not go on as if nothing had happened.
        """
        deadline = asyncio.get_running_loop().time() + timeout
        generation = self._signal.generation
        while not (rows := await self._rows_after(after)):
            remaining = deadline - asyncio.get_running_loop().time()
            if remaining <= 0:
                await self._refuse_a_future_position(after)
                break
            await self._signal.wait(generation, remaining)
            generation = self._signal.generation
            if gone and await gone():
                break
        events = [self._event(row) for row in rows]
        return EventPage(events=events, next=events[-1].position if events else after)

    async def _rows_after(self, after: int) -> list[AnyRow]:
        change = self._tables.change
        query = (
            select(change.c.position, change.c.at, change.c.action, change.c.subject, change.c.event)
            .where(change.c.position > after)
            .order_by(change.c.position)
            .limit(PAGE)
        )
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).all())

    async def _refuse_a_future_position(self, after: int) -> None:
        head = await self.head()
        if after > head:
            raise Problem(409, "position_ahead_of_feed", {"position": str(after), "head": str(head)})

    def _event(self, row: AnyRow) -> Event:
        return Event(
            id=f"{self._service}/{row.position}",
            source=f"/{self._service}",
            type=f"pl.miernik.{self._service}.{row.action}",
            subject=row.subject,
            time=row.at,
            position=row.position,
            families=row.event["families"],
            data=row.event["data"],
        )
