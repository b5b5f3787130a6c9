"""Middleware of every request: its id, its language, its trace, one log line and its metrics."""

import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from miernik_shared.problems import preferred_language
from miernik_shared.request_context import adopt_request_id
from miernik_shared.tracing import HEADER, STATE_HEADER, Span, current_context, request_span
from miernik_shared.values.personal_numbers import redact_personal_numbers
from miernik_shared.web.error_responses import CLIENT_CLOSED_REQUEST
from miernik_shared.web.request_headers import combine_header

log = structlog.get_logger("access")
_QUIET = frozenset({"/health", "/v1/events"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUESTS = Counter("miernik_requests", "Requests", ["method", "route", "status"])
_SECONDS = Histogram("miernik_request_seconds", "Time to the last byte", ["method", "route"])


class RequestMiddleware:
    """ASGI middleware. Logs paths without PESEL numbers and without the query, since both may contain personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = adopt_request_id(headers.get("x-request-id"))
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["language"] = preferred_language(combine_header(headers, "accept-language"))
        quiet = scope["path"] in _QUIET
        with request_span(headers.get(HEADER), headers.get(STATE_HEADER), quiet=quiet) as span:
            state["trace"] = current_context()
            await self._serve(scope, receive, send, span)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        started = time.perf_counter()
        request_id = scope["state"]["request_id"]
        status = CLIENT_CLOSED_REQUEST

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            status = 500
            raise
        finally:
            self._observe(scope, request_id, status, time.perf_counter() - started)
            _describe_span(span, scope, request_id, status)

    def _observe(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        _REQUESTS.labels(method, route, str(status)).inc()
        _SECONDS.labels(method, route).observe(seconds)
        if scope["path"] not in _QUIET:
            path, milliseconds = redact_personal_numbers(scope["path"]), round(seconds * 1000, 1)
            who = {"client": client} if (client := scope["state"].get("client")) else {}
            log.info("request", method=method, path=path, status=status, ms=milliseconds, id=request_id, **who)


def _describe_span(span: Span, scope: Scope, request_id: str, status: int) -> None:
    """Set the attributes of the request's span, without PESEL numbers and the query, as in the log."""
    if not span.collected:
        return
    span.rename(f"{scope['method']} {_route(scope)}")
    span.set_attributes(
        {
            "http.request.method": scope["method"],
            "url.path": redact_personal_numbers(scope["path"]),
            "http.route": _route(scope),
            "http.response.status_code": status,
            "miernik.request_id": request_id,
        }
    )
    if status >= 500:
        span.fail(str(status))


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unmatched")
