"""Notification of waiting feed readers that the log has grown: LISTEN on one connection, and a slow poll.

NOTIFY is sent after the commit on another connection, because inside a business transaction it takes a server-wide
lock at commit. A notification may be lost; the poll compensates for it.
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
    """Condition on which readers wait for new changes of the log."""

    def __init__(self, engine: AsyncEngine, channel: str) -> None:
        self._engine = engine
        # One round trip instead of three.
        self._announcer = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._channel = channel
        self._grown = asyncio.Condition()
        self.generation = 0
        """Number of wake-ups. A reader remembers it before it queries the log, so that it misses none in between."""
        self._announcing: asyncio.Task[None] | None = None
        self._announce_again = False
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start listening and polling."""
        self._tasks = [asyncio.create_task(self._listen_for_ever()), asyncio.create_task(self._poll())]

    async def stop(self) -> None:
        """Stop the tasks, after a running announcement has finished.

        No task remains referenced: a connection whose opening was cancelled stays half open at the server for a minute,
        or until the task that was opening it is garbage-collected.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._announcing:
            await asyncio.gather(self._announcing, return_exceptions=True)

    def announce(self) -> None:
        """Wake this process's readers and notify the other replicas, after a commit; concurrent calls are merged."""
        if self._announcing and not self._announcing.done():
            self._announce_again = True
            return
        self._announcing = asyncio.create_task(self._announce())

    async def wait(self, generation: int, timeout: float) -> None:
        """Wait until the log may have grown since ``generation``, at most ``timeout`` seconds."""
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
