"""An ASGI application served by uvicorn in a thread, for tests that need real connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn


class _Server(uvicorn.Server):
    """Server that stops at once; uvicorn's own polls for it ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ending.wait()


@asynccontextmanager
async def served(app: Any, *, lifespan: str = "off", **options: Any) -> AsyncIterator[str]:
    """The application's address, on this event loop."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan=lifespan, log_config=None, access_log=False, **options)  # type: ignore[arg-type]
    server = _Server(config)
    serving = asyncio.create_task(server._serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.ending.set()
        # Skips the lifespan's end, which closes connections; without one, nothing is waited for that a test left open.
        server.force_exit = lifespan == "off"
        await serving
        listener.close()
