"""A request's body on its way through, chunk by chunk, and word of a client that has gone."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive, Scope


class ClientGoneError(Exception):
    """The client closed the connection before it had an answer."""


class Upload:
    """The body of one request. Holds one chunk at a time; the client is read no faster than the service takes it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._read = asyncio.Event()
        names = {name for name, _ in scope["headers"]}
        self.has_body = bool(names & {b"content-length", b"transfer-encoding"})
        if not self.has_body:
            self._read.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body. Raises :class:`ClientGoneError`."""
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self._read.set()

    async def client_gone(self) -> None:
        """Returns when the client has closed the connection after its body was read."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
