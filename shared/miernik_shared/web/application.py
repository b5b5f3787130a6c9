"""Construction of a service's FastAPI application: middleware, standard endpoints, lifespan."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette

from miernik_shared.changelog.feed import Feed
from miernik_shared.changelog.signal import ChangeSignal
from miernik_shared.confirmations import UnconfirmedKind
from miernik_shared.database import create_engine
from miernik_shared.idempotency import IdempotencyStore
from miernik_shared.problems import Catalogue
from miernik_shared.service_tokens import TokenSigner, TokenVerifier
from miernik_shared.settings import ServiceSettings
from miernik_shared.structured_logs import configure_logging
from miernik_shared.traced_statements import trace_statements
from miernik_shared.tracing import TRACING, configure_tracing
from miernik_shared.web import error_responses, standard_endpoints
from miernik_shared.web.endpoint_declarations import SCOPE, FieldErrorBody, ProblemBody
from miernik_shared.web.head_requests import HeadAsGet
from miernik_shared.web.operations_port import OperationsServer, build_operations, listen_for_operations
from miernik_shared.web.request_middleware import RequestMiddleware
from miernik_shared.web.service import Service, ServiceTables
from miernik_shared.web.unambiguous_requests import UnambiguousRequests

Lifespan = Callable[[Service], None]
_OURS_INSTEAD: Mapping[str, Any] = {
    # FastAPI's pages load scripts from another host; the gateway has a page for all services that does not.
    "docs_url": None,
    "redoc_url": None,
    # A redirect would contain the service's own address, not the gateway's.
    "redirect_slashes": False,
    # FastAPI's spans and log records would contain queries and input; ours (tracing.py) do not.
    "telemetry": {"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
}


@dataclass(frozen=True)
class ServiceDefinition:
    """Definition of one service: its name, tables, texts, routers and callers."""

    name: str
    title: str
    tables: ServiceTables
    messages: Path
    routers: Sequence[APIRouter]
    allowed_callers: Mapping[str, frozenset[str]]
    """Scopes by issuer that may call this service."""
    prepare: Lifespan = field(default=lambda _: None)
    """Hook that adds followers to the service before it starts."""


def build_service(definition: ServiceDefinition, settings: ServiceSettings) -> Service:
    """Build the parts of a service's process. Opens no connection yet."""
    engine = create_engine(settings.database_url.get_secret_value(), settings.pool_size, settings.statement_timeout_ms)
    trace_statements(engine)
    signal = ChangeSignal(engine, f"miernik_{definition.name}")
    signing_key = orjson.loads(settings.signing_key.get_secret_value())
    return Service(
        name=definition.name,
        settings=settings,
        tables=definition.tables,
        engine=engine,
        signal=signal,
        feed=Feed(definition.name, engine, definition.tables.change_log, signal),
        catalogue=Catalogue(definition.messages),
        signer=TokenSigner(definition.name, signing_key),
        verifier=TokenVerifier(definition.name, orjson.loads(settings.trusted_keys), definition.allowed_callers),
        idempotency=IdempotencyStore(definition.tables.idempotency),
    )


def build_application(definition: ServiceDefinition, settings: ServiceSettings) -> FastAPI:
    """Build the ASGI application of a service."""
    configure_logging(definition.name)
    configure_tracing(definition.name)
    service = build_service(definition, settings)
    operations = build_operations(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        definition.prepare(service)
        async with _serve_operations(operations, settings):
            await service.start()
            yield
            await service.stop()
        await asyncio.to_thread(TRACING.stop)

    app = FastAPI(title=definition.title, version="1", lifespan=lifespan, **_OURS_INSTEAD)
    app.state.service = service
    app.state.operations = operations
    app.add_middleware(HeadAsGet)
    app.add_middleware(UnambiguousRequests)
    app.add_middleware(RequestMiddleware)
    error_responses.install_handlers(app)
    for router in (standard_endpoints.operation, *definition.routers):
        app.include_router(router)
    _complete_openapi(app)
    return app


@asynccontextmanager
async def _serve_operations(operations: Starlette, settings: ServiceSettings) -> AsyncGenerator[None]:
    """Serve the operations port, if the settings name one, as long as the context lasts."""
    if settings.operations_port is None:
        yield
        return
    server = OperationsServer(operations)
    await server.start(
        listen_for_operations(settings.operations_host, settings.operations_port, settings.operations_socket)
    )
    try:
        yield
    finally:
        await server.stop()


def _complete_openapi(app: FastAPI) -> None:
    """Add the schemas of problems and the authentication to the OpenAPI document, and the scope to each description."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            components = document.setdefault("components", {})
            schemas = components.setdefault("schemas", {})
            for model in (FieldErrorBody, UnconfirmedKind):
                schemas[model.__name__] = model.model_json_schema()
            reference = "#/components/schemas/{model}"
            problem = ProblemBody.model_json_schema(ref_template=reference)
            problem.pop("$defs", None)
            schemas["ProblemBody"] = problem
            components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
            for operation in (one for path in document["paths"].values() for one in path.values()):
                if SCOPE in operation:
                    description = operation.get("description", "")
                    operation["description"] = f"{description}\n\nScope: `{operation[SCOPE]}`".lstrip()
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
