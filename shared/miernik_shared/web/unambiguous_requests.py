"""Middleware that refuses requests with two readings, in front of every endpoint of every application."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from miernik_shared.problems import Problem
from miernik_shared.web.error_responses import problem_response
from miernik_shared.web.query_strings import read_query
from miernik_shared.web.request_headers import refuse_repeated_headers


class UnambiguousRequests:
    """ASGI middleware. An endpoint cannot be added without these checks, since none of them depends on a route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request: 400 for a repeated header, 422 for a repeated, blank or unreadable parameter."""
        if scope["type"] == "http":
            try:
                refuse_repeated_headers(scope["headers"])
                read_query(scope["query_string"])
            except Problem as problem:
                await problem_response(Request(scope), problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)
