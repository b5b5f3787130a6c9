"""Endpoints of every service: liveness and feed. Readiness and metrics have a port of their own."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from miernik_shared.changelog.feed import LONGEST_PAGE, PAGE, EventPage
from miernik_shared.problems import Problem
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.routes import DeclaredRoute
from miernik_shared.web.service import service_of

operation = APIRouter()
feed = APIRouter(route_class=DeclaredRoute)
FEED_SCOPE = "feed:read"


@operation.get("/health", tags=["operation"], response_class=PlainTextResponse)
async def health() -> str:
    """Liveness of the process, without its database: one word, which describes nothing of the installation."""
    return "alive"


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
