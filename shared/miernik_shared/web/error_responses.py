"""Exception handlers: problem details in the caller's language, without the caller's input."""

import logging
from collections.abc import Sequence
from typing import Any

import orjson
import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from miernik_shared.database import is_connection_lost, is_unstorable_value, is_write_conflict
from miernik_shared.problems import FieldError, Problem
from miernik_shared.tracing import use_trace_context
from miernik_shared.web.field_errors import field_error
from miernik_shared.web.service import service_of

log = logging.getLogger(__name__)
CLIENT_CLOSED_REQUEST = 499
"""Status, for the log and the metrics alone, of a request whose client left before it was complete."""
_SHOWN_FAULTS = 100
"""Maximum number of errors of a request that are built: a megabyte may hold a hundred thousand unknown keys."""
_CODES = {404: "not_found", 405: "method_not_allowed"}


def install_handlers(app: FastAPI) -> None:
    """Register the exception handlers."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (DBAPIError, psycopg.Error, TimeoutError):
        app.add_exception_handler(kind, _on_database_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_defect)


def problem_response(request: Request, problem: Problem) -> Response:
    """Response ``application/problem+json``."""
    catalogue = service_of(request).catalogue
    body = catalogue.render(problem, request.state.language, request.url.path)
    headers = {**problem.headers, "Content-Language": request.state.language}
    return Response(orjson.dumps(body), problem.status, headers, "application/problem+json")


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this class only
    return problem_response(request, error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults: Sequence[Any] = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem_response(request, Problem(400, "json_malformed"))
    errors = [field_error(json_pointer(fault["loc"]), fault) for fault in faults[:_SHOWN_FAULTS]]
    return problem_response(request, Problem(422, "request_invalid", errors=errors))


def json_pointer(location: Sequence[str | int]) -> str:
    """JSON pointer for a location (``loc``) in a Pydantic error."""
    parts = location[1:] if location and location[0] == "body" else location
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    code = _CODES.get(error.status_code, "request_refused")
    return problem_response(request, Problem(error.status_code, code, headers=error.headers))


async def _on_database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, (DBAPIError, psycopg.Error, TimeoutError))  # noqa: S101
    if is_connection_lost(error):
        return problem_response(request, Problem(503, "database_unavailable", headers={"Retry-After": "1"}))
    if is_write_conflict(error):
        return problem_response(request, Problem(409, "raced", headers={"Retry-After": "1"}))
    if is_unstorable_value(error):
        errors = [FieldError("", "value_unstorable")]
        return problem_response(request, Problem(422, "request_invalid", errors=errors))
    raise error


async def _on_disconnect(_: Request, __: Exception) -> Response:
    """Response that nobody receives: the client broke off its upload, which is no defect of ours."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def _on_defect(request: Request, error: Exception) -> Response:
    # Starlette calls this handler outside of RequestMiddleware, so the trace context must be restored.
    with use_trace_context(request.state.trace):
        log.error("a request failed by a defect", exc_info=error)
    return problem_response(request, Problem(500, "defect", {"request_id": request.state.request_id}))
