"""Streaming of a request body, with detection of a client's disconnect."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.types import Receive, Scope

from miernik_shared.settings import ServiceSettings
from miernik_shared.web.body_time import limit_time


class ClientDisconnectedError(Exception):
    """Disconnect of the client before its request body was complete."""


class Upload:
    """Body of one request, one chunk at a time: the client is read no faster than the service accepts data."""

    def __init__(self, scope: Scope, receive: Receive, settings: ServiceSettings) -> None:
        self._receive = receive
        self._seconds, self._pause = settings.body_seconds, settings.body_pause_seconds
        self._body_read = asyncio.Event()
        names = {name for name, _ in scope["headers"]}
        self.has_body = bool(names & {b"content-length", b"transfer-encoding"})
        if not self.has_body:
            self._body_read.set()

    def read_chunks(self) -> AsyncIterator[bytes]:
        """Yield the chunks of the body. Raises :class:`ClientDisconnectedError`, and 408 for a body that stops."""
        return limit_time(self._read_chunks(), self._seconds, self._pause)

    async def _read_chunks(self) -> AsyncGenerator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnectedError
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._body_read.set()

    async def wait_for_disconnect(self) -> None:
        """Wait until the client closes the connection, after its body was read."""
        await self._body_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
