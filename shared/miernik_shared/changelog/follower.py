"""Follower of another service's feed: applies each event to a projection exactly once and in order, in any replica.

Pages are fetched outside of a transaction, the next one while the last is applied. One transaction then locks the
cursor row, compares it, applies the events and advances it. Replicas run concurrently: the one with the row lock
applies the events, the others see the advanced cursor and skip them.

``synchronous_commit=off`` is safe here, unless a change of the service's own log is recorded: cursor and projection are
one transaction, so that after a crash the last events are applied again, and any later durable commit that used the
projection also flushes these records.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from prometheus_client import Counter, Gauge
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from miernik_shared.changelog.feed import LONGEST_PAGE, PAGE, Event, EventPage, parse_feed_page
from miernik_shared.changelog.tables import ChangeLogTables
from miernik_shared.database import is_connection_lost
from miernik_shared.service_client import ServiceClient
from miernik_shared.tracing import span

LONG_POLL_SECONDS = 20
RETRY_SECONDS = 0.5
CATCH_UP_BYTES = 8 * 1024 * 1024
"""Approximate size of a page that a follower requests while it is catching up."""
log = logging.getLogger(__name__)

Apply = Callable[[AsyncConnection, Event], Awaitable[None]]
"""Handler that applies one event to the projection. It ignores unknown types; an exception stops the feed."""
Advanced = Callable[[AsyncConnection], Awaitable[None]]
"""Hook called in the same transaction after each page, in every replica, even if no event was left to apply."""


@dataclass(frozen=True, slots=True)
class ByPage:
    """Handler that applies the events of a page together, for projections that are written set by set.

    ``apply`` may record one change of the service's own log for the whole page, as its last statement, and returns
    whether it did; ``announce`` is then called after the commit. A page that fails is applied again event by event, so
    that the feed stops exactly at the faulty one.

    A rebuild delivers all events again. Facts that ``apply`` records in the service's own log must therefore be in
    tables that a rebuild does not empty, and be identified by the event that they came from.
    """

    apply: Callable[[AsyncConnection, Sequence[Event]], Awaitable[bool]]
    announce: Callable[[], None] | None = None
    """Required if ``apply`` ever records a change."""


_POSITION = Gauge("miernik_follower_position", "Last applied position", ["projection", "source"])
_POISONED = Gauge("miernik_follower_poisoned", "1 while an event cannot be applied", ["projection", "source"])
_FAILURES = Counter("miernik_follower_fetch_failures", "Fetches that failed", ["projection", "source"])


class Follower:
    """Projection of one service's feed.

    Once it has caught up, it waits ``rest_seconds`` between two fetches, so that a busy feed is applied in batches.
    That suits a projection whose readers need not see every event at once.
    """

    def __init__(
        self,
        projection: str,
        client: ServiceClient,
        engine: AsyncEngine,
        tables: ChangeLogTables,
        apply: Apply | ByPage,
        advanced: Advanced | None = None,
        rest_seconds: float = 0,
    ) -> None:
        self.projection = projection
        self.source = client.provider
        self.failure: str | None = None
        self.last_contact: float | None = None
        self.connected = False
        """Whether the last fetch succeeded, all of it was applied, and the provider reported no further events."""
        self._client = client
        self._engine = engine
        self._cursor = tables.cursor
        self._apply = apply
        self._one_by_one = False
        self._advanced = advanced
        self._rest_seconds = rest_seconds
        self._durable = isinstance(apply, ByPage) and apply.announce is not None
        self._limit = PAGE
        self._ahead: asyncio.Task[EventPage] | None = None
        self._labels = {"projection": projection, "source": self.source}

    async def run(self) -> None:
        """Follow the feed until cancelled. After a failure it waits and retries from the cursor."""
        position: int | None = None
        while True:
            try:
                position = await self._step(position)
                if self.connected and self._rest_seconds:
                    await asyncio.sleep(self._rest_seconds)
            except (httpx.HTTPError, SQLAlchemyError, OSError, ValueError) as error:
                await self._forget_what_was_fetched()
                _raise_if_cancelled(error)
                _FAILURES.labels(**self._labels).inc()
                log.warning("following %s was interrupted: %s", self.source, type(error).__name__)
                self.connected = False
                position = None
                await asyncio.sleep(RETRY_SECONDS)
            except asyncio.CancelledError:
                await self._forget_what_was_fetched()
                raise

    def contact_age(self) -> float:
        """Seconds since the provider's last response; infinite before the first."""
        if self.last_contact is None:
            return float("inf")
        return asyncio.get_running_loop().time() - self.last_contact

    async def _step(self, position: int | None) -> int:
        if position is None:
            position = await self._read_cursor()
        page = await (self._ahead or self._fetch(position, LONG_POLL_SECONDS if self.connected else 0))
        self._ahead = None
        if page.events:
            self._fetch_ahead(page)
            with span("apply page", {**self._labels, "events": len(page.events), "next": page.next}):
                position = await self._apply_page(page)
            if position != page.next:
                await self._forget_what_was_fetched()
        self.connected = position >= page.next and not page.more
        return position

    def _fetch_ahead(self, page: EventPage) -> None:
        """Start fetching the next page while this one is applied, unless the follower rests after it."""
        behind = page.more
        if behind or not self._rest_seconds:
            # No long poll until connected: a follower must know that it is up to date without waiting for an event.
            self._ahead = asyncio.create_task(self._fetch(page.next, 0 if behind else LONG_POLL_SECONDS))

    async def _forget_what_was_fetched(self) -> None:
        if self._ahead:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)
            self._ahead = None

    async def _fetch(self, after: int, timeout: float) -> EventPage:
        parameters = {"after": str(after), "timeout": str(timeout), "limit": str(self._limit)}
        answer = await self._client.get("/v1/events", parameters, timeout=LONG_POLL_SECONDS + 10)
        answer.raise_for_status()
        page = parse_feed_page(answer.content)
        self.last_contact = asyncio.get_running_loop().time()
        self._limit = PAGE
        if page.more and not self._one_by_one:
            fitting = CATCH_UP_BYTES * len(page.events) // len(answer.content)
            self._limit = max(PAGE, min(LONGEST_PAGE, fitting))
        return page

    async def _read_cursor(self) -> int:
        async with self._engine.begin() as connection:
            await self._ensure_cursor(connection)
            position = await self._lock_cursor(connection)
            if self._advanced:
                await self._advanced(connection)
            return position

    async def _apply_page(self, page: EventPage) -> int:
        portions = [[event] for event in page.events] if self._one_by_one else [page.events]
        position = 0
        try:
            for events in portions:
                position = await self._apply_in_a_transaction(events)
        except _PoisonError as poison:
            if isinstance(self._apply, ByPage) and not self._one_by_one:
                self._one_by_one = True
            else:
                await self._report_poison(poison)
            raise httpx.RequestError("an event could not be applied") from poison
        self._one_by_one = False
        self.failure = None
        _POISONED.labels(**self._labels).set(0)
        _POSITION.labels(**self._labels).set(position)
        return position

    async def _apply_in_a_transaction(self, events: Sequence[Event]) -> int:
        recorded = False
        async with self._engine.begin() as connection:
            # Before the events: recording a change must be the last write.
            position, due = await self._take(connection, events)
            if due:
                recorded = await self._apply_events(connection, due)
            if self._advanced:
                await self._advanced(connection)
        if recorded and isinstance(self._apply, ByPage) and self._apply.announce:
            self._apply.announce()
        return position

    async def _take(self, connection: AsyncConnection, events: Sequence[Event]) -> tuple[int, Sequence[Event]]:
        """Lock the cursor and advance it over the events that are due. Returns its position and those events."""
        before = events[0].position - 1
        due = _select_due_events(events, before)
        if await self._advance(connection, before, due[-1].position):
            return due[-1].position, due
        # The cursor has moved: another replica applied events, or the projection is being rebuilt.
        position = await self._lock_cursor(connection)
        due = _select_due_events(events, position)
        if due:
            await self._advance(connection, position, due[-1].position)
            position = due[-1].position
        return position, due

    async def _apply_events(self, connection: AsyncConnection, events: Sequence[Event]) -> bool:
        """Apply events. Returns whether a change of the service's own log was recorded; raises ``_PoisonError``."""
        current = events[0]
        try:
            if isinstance(self._apply, ByPage):
                return await self._apply.apply(connection, events)
            for current in events:
                await self._apply(connection, current)
        except Exception as error:
            # Identifies the event at which the feed stops, unless the database connection was lost.
            if isinstance(error, DBAPIError) and is_connection_lost(error):
                raise
            raise _PoisonError(current.position, error) from error
        return False

    async def _report_poison(self, poison: "_PoisonError") -> None:
        self.failure = f"{self.source}/{poison.position}: {type(poison.reason).__name__}"
        _POISONED.labels(**self._labels).set(1)
        log.error("the feed of %s stands still at an event that cannot be applied: %s", self.source, self.failure)
        values = {"failed_position": poison.position, "failure": self.failure}
        async with self._engine.begin() as connection:
            await connection.execute(update(self._cursor).where(*self._key()).values(values))

    def _key(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return (self._cursor.c.projection == self.projection, self._cursor.c.source == self.source)

    async def _ensure_cursor(self, connection: AsyncConnection) -> None:
        new = insert(self._cursor).values(projection=self.projection, source=self.source, position=0)
        await connection.execute(new.on_conflict_do_nothing())

    async def _lock_cursor(self, connection: AsyncConnection) -> int:
        query = select(self._cursor.c.position).where(*self._key()).with_for_update()
        return (await connection.execute(query)).scalar_one()

    async def _advance(self, connection: AsyncConnection, before: int, position: int) -> bool:
        """Lock the cursor and move it to ``position``. Returns false if it is not at ``before``."""
        values = {"position": position, "failed_position": None, "failure": None}
        moved = update(self._cursor).where(*self._key(), self._cursor.c.position == before).values(values)
        answers: list[ColumnElement[Any]] = [self._cursor.c.position]
        if not self._durable:
            answers.append(func.set_config("synchronous_commit", "off", True))
        return (await connection.execute(moved.returning(*answers))).one_or_none() is not None


def _raise_if_cancelled(error: Exception) -> None:
    """Raise the cancellation that a driver turned into an error of its own: a retry would ignore it for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


def _select_due_events(events: Sequence[Event], position: int) -> Sequence[Event]:
    """Events that follow a position without a gap.

    A gap means that a rebuild reset the cursor after the page was fetched: then no event is due, and the next fetch
    starts from the cursor.
    """
    if [event.position for event in events] == list(range(position + 1, position + 1 + len(events))):
        return events
    due: list[Event] = []
    for event in events:
        if event.position == position + 1:
            due.append(event)
            position = event.position
    return due


class _PoisonError(Exception):
    """Event that could not be applied to the projection."""

    def __init__(self, position: int, reason: Exception) -> None:
        super().__init__(position)
        self.position = position
        self.reason = reason
