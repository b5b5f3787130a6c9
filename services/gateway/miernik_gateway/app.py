"""ASGI application of the gateway."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import httpx
from fastapi import FastAPI
from starlette.datastructures import State
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from miernik_gateway.api_document.document import ApiDocument
from miernik_gateway.api_document.routes import add_api_document
from miernik_gateway.clients.authentication import FindKey
from miernik_gateway.clients.key_watch import watch_for_revocations
from miernik_gateway.dashboards.serve import routes as dashboards
from miernik_gateway.dashboards.serve.cache_middleware import CacheMiddleware
from miernik_gateway.feeds import routes as feeds
from miernik_gateway.gateway import Gateway, assemble_gateway
from miernik_gateway.proxy.routes import build_forwarding_routes
from miernik_gateway.security_headers import SecurityHeaders
from miernik_gateway.settings import GatewaySettings
from miernik_gateway.tables import tables
from miernik_shared.values.as_of import Clock, SystemClock
from miernik_shared.web.application import ServiceDefinition, build_application
from miernik_shared.web.service import Service

_EXPOSED_HEADERS = (
    "ETag",
    "Link",
    "Location",
    "Miernik-Position",
    "Miernik-Degraded",
    "Idempotency-Replayed",
    "X-Request-Id",
)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Miernik-Position",
    "X-Request-Id",
)


class GatewayApplication:
    """Byte cache in front of the FastAPI application ``fastapi``; both use the same ``state``."""

    def __init__(self, fastapi: FastAPI, gateway: Gateway) -> None:
        self.fastapi = fastapi
        front: ASGIApp = CacheMiddleware(fastapi, gateway)
        origins = gateway.settings.allowed_origins
        self._serve = SecurityHeaders(_add_cors(front, origins) if origins else front)

    @property
    def state(self) -> State:
        """State of the FastAPI application: ``state.service`` and ``state.gateway``."""
        return self.fastapi.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        await self._serve(scope, receive, send)


def _add_cors(app: ASGIApp, origins: list[str]) -> ASGIApp:
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_ALLOWED_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
    )


def _start_key_watch(service: Service, gateway: Gateway) -> None:
    watch = watch_for_revocations(gateway.keys, service.feed, service.signal)
    service.tasks.append(asyncio.create_task(watch))


def create_app(
    settings: GatewaySettings | None = None,
    clock: Clock | None = None,
    transports: Mapping[str, httpx.AsyncBaseTransport] | None = None,
    find_key: FindKey | None = None,
) -> GatewayApplication:
    """Create the ASGI application, with settings from the environment by default.

    For tests: ``transports`` by service replace the network, ``find_key`` the table of keys, ``clock`` the real time.
    """
    settings = settings or GatewaySettings()  # pyright: ignore[reportCallIssue]
    definition = ServiceDefinition(
        name="gateway",
        title="Miernik",
        tables=tables,
        messages=Path(__file__).parent / "messages",
        routers=(dashboards.router, feeds.router),
        # No service calls the gateway with a service token: its callers use API keys.
        allowed_callers={"gateway": frozenset()},
        prepare=lambda service: _start_key_watch(service, gateway),
    )
    fastapi = build_application(definition, settings)
    gateway = assemble_gateway(fastapi.state.service, settings, clock or SystemClock(), transports or {}, find_key)
    fastapi.state.gateway = gateway
    add_api_document(fastapi, ApiDocument(fastapi.openapi, gateway.providers))
    fastapi.router.routes.extend(build_forwarding_routes())
    return GatewayApplication(fastapi, gateway)
