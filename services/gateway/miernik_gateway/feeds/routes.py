"""Route ``GET /v1/feeds/{service}/events``: event feed of a service for external clients, without event data."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from miernik_gateway.clients.authentication import KnownKeys, client_of, require_scope
from miernik_gateway.gateway import gateway_of
from miernik_shared.problems import Problem
from miernik_shared.values.free_texts import CodePath
from miernik_shared.values.iso_dates import Instant
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.routes import DeclaredRoute

SCOPE = "feed:read"
_GRACE_SECONDS = 10.0
_RECHECK_SECONDS = 0.5
"""Interval at which the key of a waiting reader is checked."""
router = APIRouter(prefix="/v1/feeds", tags=["feed"], route_class=DeclaredRoute)


class ThinEvent(BaseModel):
    """Change as a CloudEvent 1.0 without data. ``subject`` is the path of the changed resource below ``/v1/``."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: Instant
    position: int
    families: list[str]


class ThinEventPage(BaseModel):
    """Events after a position, in order and without gaps. ``next`` is the value of ``after`` for the next request."""

    events: list[ThinEvent]
    next: int
    more: bool = Field(description="True if the page is full: further events may be available at once")


@router.get("/{service}/events", response_model=ThinEventPage, **reads(SCOPE, 404, 409, 429))
async def read_feed(
    request: Request,
    service: CodePath,
    after: Annotated[int, Query(ge=0, description="Return events after this position; 0 for all")] = 0,
    timeout: Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the first event")] = 0,
) -> Response:
    """List events of one service in order of position. Requires access to the whole region."""
    gateway = gateway_of(request)
    key = await client_of(gateway.keys, request)
    require_scope(key.caller, SCOPE)
    if not key.caller.region:
        raise Problem(403, "feed_is_regional")
    if service not in gateway.providers:
        raise Problem(404, "not_found")
    parameters = {"after": str(after), "timeout": str(timeout)}
    language = {"Accept-Language": request.state.language}
    wait = timeout + _GRACE_SECONDS
    try:
        async with gateway.places.polls.take(key.caller.client):
            poll = gateway.providers[service].get("/v1/events", parameters, timeout=wait, headers=language)
            answer = await _await_while_authorized(gateway.keys, request, poll)
    except httpx.TransportError as error:
        raise _unavailable_problem(service) from error
    return _thin_answer(service, answer)


async def _await_while_authorized(
    keys: KnownKeys, request: Request, poll: Coroutine[Any, Any, httpx.Response]
) -> httpx.Response:
    """Await a long poll as long as the key is valid, and deliver its result if it is still. Raises a 401 problem."""
    waiting = asyncio.create_task(poll)
    try:
        while not (await asyncio.wait((waiting,), timeout=_RECHECK_SECONDS))[0]:
            await client_of(keys, request)
        # What arrived may have been recorded after a revocation that this gateway has not heard of yet.
        await keys.authenticate_anew(request.headers["authorization"])
        return waiting.result()
    finally:
        waiting.cancel()


def _thin_answer(service: str, answer: httpx.Response) -> Response:
    if answer.status_code >= 500 or answer.status_code in (401, 403):
        raise _unavailable_problem(service)
    media_type = answer.headers.get("content-type")
    if answer.status_code != 200:
        return Response(answer.content, answer.status_code, media_type=media_type)
    page = ThinEventPage.model_validate_json(answer.content)
    return Response(page.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _unavailable_problem(service: str) -> Problem:
    return Problem(503, "service_unavailable", {"service": service}, headers={"Retry-After": "1"})
