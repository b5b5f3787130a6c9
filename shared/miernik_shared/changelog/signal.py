"""Tells the feed's waiting readers that the log has grown: LISTEN on one connection, and a slow poll besides.

The notification is sent after the commit and on another connection, because a NOTIFY inside a business transaction
takes a lock of the whole server at commit. A notification may be lost; the poll finds what it announced.
"""

import asyncio
import contextlib
import logging

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

POLL_SECONDS = 0.5
log = logging.getLogger(__name__)


class ChangeSignal:
    """The position up to which this process knows the log, and a way to wait for more."""

    def __init__(self, engine: AsyncEngine, channel: str) -> None:
        self._engine = engine
        # One round trip instead of three.
        self._announcer = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._channel = channel
        self._grown = asyncio.Condition()
        self.generation = 0
        """Counts the wake-ups: a reader notes it before it looks, and so misses none that comes in between."""
        self._announcing: asyncio.Task[None] | None = None
        self._announce_again = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begins to listen."""
        self._tasks = [asyncio.create_task(self._listen_for_ever()), asyncio.create_task(self._poll())]

    async def stop(self) -> None:
        """Ends the tasks.

        What is being announced is announced, and no task is kept: a connection given up while it is being made stays
        half open at the server for a minute, or until the task that made it is forgotten.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._announcing:
            await asyncio.gather(self._announcing, return_exceptions=True)

    def announce(self) -> None:
        """After a commit of this process: wakes its own waiters and tells the other replicas, many commits at once."""
        if self._announcing and not self._announcing.done():
            self._announce_again = True
            return
        self._announcing = asyncio.create_task(self._announce())

    async def wait(self, generation: int, timeout: float) -> None:
        """Returns when the log may have grown since ``generation``, or after ``timeout`` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._grown:
                await self._grown.wait_for(lambda: self.generation != generation)

    async def _announce(self) -> None:
        self._announce_again = True
        while self._announce_again:
            self._announce_again = False
            await self._wake()
            with contextlib.suppress(SQLAlchemyError):
                async with self._announcer.connect() as connection:
                    await connection.execute(text("select pg_notify(:channel, '')"), {"channel": self._channel})

    async def _wake(self) -> None:
        async with self._grown:
            self.generation += 1
            self._grown.notify_all()

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._wake()

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("listening for changes was interrupted: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        address = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(self._channel)))
            async for _ in connection.notifies():
                await self._wake()
