"""Operations port of a process: readiness and metrics, for supervisors and monitoring, on an address of their own.

The public port has neither, since they describe the whole installation.
"""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from miernik_shared.web.service import Service, service_of


def build_operations(service: Service) -> Starlette:
    """Build the ASGI application of the operations port: ``/ready`` and ``/metrics``."""
    app = Starlette(routes=[Route("/ready", _read_readiness), Route("/metrics", _read_metrics)])
    app.state.service = service
    return app


async def _read_readiness(request: Request) -> Response:
    """Readiness of the process: its database responds and no feed that it follows has stopped; 503 otherwise."""
    service = service_of(request)
    failures = [follower.failure for follower in service.followers if follower.failure]
    try:
        async with service.engine.connect() as connection:
            position = (await connection.execute(text("select position from head"))).scalar_one()
    except (SQLAlchemyError, OSError):
        failures.append("database")
        position = None
    body: dict[str, Any] = {"service": service.name, "position": position, "failures": failures}
    return JSONResponse(body, 503 if failures else 200)


async def _read_metrics(_: Request) -> Response:
    """Metrics in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def listen_for_operations(host: str, port: int, inherited: int | None) -> socket.socket:
    """Return the listening socket: the inherited descriptor, or a new one. Raises ``OSError`` if the port is taken."""
    if inherited is not None:
        return socket.socket(fileno=inherited)
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


class OperationsServer:
    """Server of the operations port, on the event loop of the process that it describes."""

    def __init__(self, app: Starlette) -> None:
        self._server = _ServerWithoutSignals(
            uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: socket.socket) -> None:
        """Serve a listening socket."""
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))

    async def stop(self) -> None:
        """Close the port."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class _ServerWithoutSignals(uvicorn.Server):
    """Server that leaves the signals to the process's main server."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
