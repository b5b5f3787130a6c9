"""Endpoints of every service: liveness, readiness, metrics and feed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from miernik_shared.changelog.feed import LONGEST_PAGE, PAGE, EventPage
from miernik_shared.problems import Problem
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.routes import DeclaredRoute
from miernik_shared.web.service import service_of

operation = APIRouter()
feed = APIRouter(route_class=DeclaredRoute)
FEED_SCOPE = "feed:read"


@operation.get("/health", tags=["operation"])
async def health(request: Request) -> dict[str, str]:
    """Liveness of the process, without its database."""
    return {"service": service_of(request).name, "status": "alive"}


@operation.get("/ready", tags=["operation"], responses={503: {"description": "Not usable; `failures` says why"}})
async def ready(request: Request) -> Response:
    """Readiness of the process: its database responds and no feed that it follows has stopped."""
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


@operation.get("/metrics", tags=["operation"], response_class=Response)
async def metrics() -> Response:
    """Metrics in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@feed.get("/v1/events", tags=["feed"], response_model=EventPage, **reads(FEED_SCOPE, 409))
async def read_feed(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="Position after which to read; 0 for everything")] = 0,
    timeout: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the first event")] = 0,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="Events at most")] = PAGE,
) -> Response:
    """Events in order of position, without gaps. `next` is `after` of the next request. No event is ever deleted."""
    service = service_of(request)
    # Not a ScopedRoute: a long poll must not hold a transaction open while it waits.
    caller = service.verifier.caller(request.headers.get("authorization"))
    if FEED_SCOPE not in caller.scopes:
        raise Problem(403, "scope_missing", {"scope": FEED_SCOPE})
    page = await service.feed.page(after, timeout, limit, request.is_disconnected)
    return Response(page, media_type="application/json")
