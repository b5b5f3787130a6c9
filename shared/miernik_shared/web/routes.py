"""Route classes: authentication, transaction and idempotent replay around the call of the endpoint.

A write commits before its response is sent. A dependency with ``scope="function"`` could do that too, but not the
replay, which returns a response without calling the endpoint and stores one in the same transaction.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from miernik_shared.changelog.known_at import position_known_at
from miernik_shared.database import snapshot
from miernik_shared.idempotency import (
    HEADER,
    REPLAYED,
    Fingerprint,
    StoredResponse,
    fingerprint_request,
    require_usable_key,
)
from miernik_shared.problems import FieldError, Problem, refuse_invalid
from miernik_shared.service_tokens import Caller
from miernik_shared.settings import ServiceSettings
from miernik_shared.values.personal_numbers import holds_personal_number
from miernik_shared.web.body_time import limit_time
from miernik_shared.web.confirm import refuse_unused_tokens
from miernik_shared.web.endpoint_declarations import BODY_LIMIT, SCOPE
from miernik_shared.web.error_responses import problem_response
from miernik_shared.web.field_errors import personal_number
from miernik_shared.web.json_bodies import JsonRequest, parse_json_body
from miernik_shared.web.query_strings import unknown_parameter
from miernik_shared.web.request_headers import combine_header
from miernik_shared.web.service import Service, service_of
from miernik_shared.web.unit_of_work import UnitOfWork, begin_unit_of_work, read_if_match

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
POSITION = "Miernik-Position"
FAMILIES = "Miernik-Families"
_STORED_HEADERS = ("content-type", "etag", "location", "miernik-position")
_MEANINGFUL_HEADERS = ("Content-Type", "Content-Encoding", "If-Match")
"""Headers by which the same bytes are another request."""
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class DeclaredRoute(APIRoute):
    """Route that rejects query parameters that the endpoint does not declare."""

    def get_route_handler(self) -> Handler:
        """Handler of this route, which first checks the names of the query parameters."""
        endpoint = super().get_route_handler()
        declared = _query_parameters(self)

        async def handle(request: Request) -> Response:
            _refuse_unknown_parameters(request, declared)
            _refuse_personal_numbers(request)
            return await endpoint(request)

        return handle


class ScopedRoute(APIRoute):
    """Route that checks the caller's token and scope, then serves the request in one transaction."""

    def get_route_handler(self) -> Handler:
        """Handler of this route with authentication and transaction around it."""
        endpoint = super().get_route_handler()
        serve = _write if _WRITES.intersection(self.methods or ()) else _read
        extra = self.openapi_extra or {}
        declared = _query_parameters(self)
        is_json = self.body_field is not None

        async def handle(request: Request) -> Response:
            service = service_of(request)
            caller = service.verifier.caller(request.headers.get("authorization"))
            request.state.client = caller.client
            if extra[SCOPE] not in caller.scopes:
                raise Problem(403, "scope_missing", {"scope": extra[SCOPE]})
            _refuse_unknown_parameters(request, declared)
            _refuse_personal_numbers(request)
            limit = cast(int, extra.get(BODY_LIMIT, service.settings.body_limit_bytes))
            return await serve(service, caller, request, endpoint, _Body(limit, is_json=is_json))

        return handle


def _query_parameters(route: APIRoute) -> frozenset[str]:
    every = get_flat_params(route.dependant)
    return frozenset(one.alias for one in every if getattr(one.field_info, "in_", None) is ParamTypes.query)


def _refuse_unknown_parameters(request: Request, declared: frozenset[str]) -> None:
    refuse_invalid([unknown_parameter(name) for name in request.query_params if name not in declared])


def _refuse_personal_numbers(request: Request) -> None:
    """Raise 422 for a PESEL in a parameter, which an answer would repeat, or in the key, which is stored."""
    values = [(f"/query/{name}", value) for name, value in request.query_params.multi_items()]
    values += [(f"/headers/{HEADER}", value) for value in request.headers.getlist(HEADER)]
    refuse_invalid([personal_number(pointer) for pointer, value in values if holds_personal_number(value)])


@dataclass(frozen=True, slots=True)
class _Body:
    """Request body of a route: its maximum size in bytes, and whether FastAPI validates it as JSON."""

    limit: int
    is_json: bool


async def _read(service: Service, caller: Caller, request: Request, endpoint: Handler, _: _Body) -> Response:
    instant, known_position = _read_known_at(request), None
    if instant is not None:
        # Before the snapshot is taken, so that the snapshot contains all changes up to the position.
        known_position = await position_known_at(service.engine, service.tables.change_log, instant)
    async with snapshot(service.engine) as connection:
        work = await begin_unit_of_work(service, connection, caller, request)
        work.known_position = known_position
        work.known_at = instant or work.known_at
        request.state.work = work
        response = await endpoint(request)
    response.headers.setdefault(POSITION, f"{service.name}={work.read_position}")
    return response


def _read_known_at(request: Request) -> datetime | None:
    value = request.query_params.get("known_at")
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Problem(422, "request_invalid", errors=[FieldError("/query/known_at", "instant_malformed")])
    return instant


async def _write(service: Service, caller: Caller, request: Request, endpoint: Handler, taken: _Body) -> Response:
    key = request.headers.get(HEADER)
    if key is not None:
        require_usable_key(key)
    read_if_match(request.headers)
    body = await _read_body(request, taken.limit, service.settings)
    request = JsonRequest(request.scope, _replay_body(body))
    if taken.is_json:
        await parse_json_body(request)
    fingerprint = _fingerprint(request, body)
    try:
        async with service.engine.connect() as connection:
            response, work = await _write_once(service, connection, caller, request, endpoint, key, fingerprint)
    except Problem as refusal:
        # A 409 with Retry-After is transient: do not store it under the key.
        if key and refusal.status == 409 and "Retry-After" not in refusal.headers:
            await _store_response(
                service, caller, _stored_response(problem_response(request, refusal)), key, fingerprint
            )
        raise
    if work.recorded:
        service.signal.announce()
    elif key and work.unchanged and not work.rehearsed:
        await _store_response(service, caller, _stored_response(response), key, fingerprint)
    return response


def _fingerprint(request: Request, body: bytes) -> Fingerprint:
    headers = [combine_header(request.headers, name) for name in _MEANINGFUL_HEADERS]
    return fingerprint_request(request.method, request.url.path, request.url.query, headers, body)


async def _write_once(
    service: Service,
    connection: AsyncConnection,
    caller: Caller,
    request: Request,
    endpoint: Handler,
    key: str | None,
    fingerprint: Fingerprint,
) -> tuple[Response, UnitOfWork]:
    async with connection.begin() as transaction:
        work = await begin_unit_of_work(service, connection, caller, request)
        work.if_match = read_if_match(request.headers)
        stored = await service.idempotency.claim_key(connection, caller.client, key, fingerprint) if key else None
        if stored:
            return _replay_response(stored), work
        request.state.work = work
        response = await endpoint(request)
        await refuse_unused_tokens(work, response.status_code)
        if work.recorded is None:
            if not work.unchanged:
                raise RuntimeError(f"{request.method} {request.url.path} wrote without recording a change")
            if not work.rehearsed:
                # The earlier write may be newer than what the sender has read: return its position.
                position = (await connection.execute(select(service.tables.change_log.head.c.position))).scalar_one()
                response.headers[POSITION] = f"{service.name}={position}"
            await transaction.rollback()
            return response, work
        response.headers[POSITION] = f"{service.name}={work.position}"
        if key and not work.mendable:
            await service.idempotency.store_response(
                connection, caller.client, key, fingerprint, _stored_response(response)
            )
    response.headers[FAMILIES] = ",".join(work.families)
    return response, work


async def _store_response(
    service: Service, caller: Caller, response: StoredResponse, key: str, fingerprint: Fingerprint
) -> None:
    """Store the response to a request that was rolled back: refused by a rule, or without anything to change."""
    async with service.engine.begin() as connection:
        if await service.idempotency.claim_key(connection, caller.client, key, fingerprint) is None:
            await service.idempotency.store_response(connection, caller.client, key, fingerprint, response)


def _stored_response(response: Response) -> StoredResponse:
    headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
    return StoredResponse(response.status_code, headers, bytes(response.body))


def _replay_response(stored: StoredResponse) -> Response:
    return Response(stored.body, stored.status, {**stored.headers, REPLAYED: "true"})


async def _read_body(request: Request, limit: int, settings: ServiceSettings) -> bytes:
    """Read the whole body. Raises 413 as soon as it exceeds the limit; a cut connection ends the request.

    Raises 408 for a body that takes too long, or a sender that stops in the middle of one.
    """
    too_long = Problem(413, "body_too_long", {"limit": str(limit)})
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise too_long
    chunks: list[bytes] = []
    length = 0
    async for chunk in limit_time(request.stream(), settings.body_seconds, settings.body_pause_seconds):
        length += len(chunk)
        if length > limit:
            raise too_long
        chunks.append(chunk)
    return b"".join(chunks)


def _replay_body(body: bytes) -> Callable[[], Coroutine[Any, Any, Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
