"""Forwarding of one request to a service: streams both ways, buffers nothing, retries no write."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from miernik_gateway.clients.authentication import client_of
from miernik_gateway.gateway import Gateway, gateway_of
from miernik_gateway.positions.headers import POSITION, parse_positions
from miernik_gateway.proxy.headers import select_request_headers, select_response_headers
from miernik_gateway.proxy.upload import ClientDisconnectedError, Upload
from miernik_shared.problems import Problem

FAMILIES = "Miernik-Families"
_READ_SECONDS, _WRITE_SECONDS = 30.0, 300.0
"""Time-outs in seconds for the next bytes of a response.

The service may process a large upload for minutes before its response begins; a read that takes longer than its
time-out is considered lost.
"""
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_RETRY = {"Retry-After": "1"}
log = logging.getLogger(__name__)


class Forwarding:
    """ASGI application that forwards requests for the resources of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate the client by its API key and forward the request on its behalf."""
        request = Request(scope)
        gateway = gateway_of(request)
        key = await client_of(gateway.keys, request)
        if {".", ".."} & set(scope["path"].split("/")):
            raise Problem(404, "not_found")
        places = gateway.places.reads if scope["method"] in ("GET", "HEAD") else gateway.places.writes
        async with places.take(key.caller.client):
            exchange = _Exchange(gateway, self._service, scope, Upload(scope, receive, gateway.settings), send)
            outgoing = exchange.request(gateway.providers[self._service].headers(key.caller))
            await exchange.run(outgoing)


class _Exchange:
    """One request and its response."""

    def __init__(self, gateway: Gateway, service: str, scope: Scope, upload: Upload, send: Send) -> None:
        self._gateway = gateway
        self._service = service
        self._scope = scope
        self._upload = upload
        self._send = send
        self._started = False
        self._answered = False

    def request(self, identity: dict[str, str]) -> httpx.Request:
        """Build the request to the service: same path and query, credentials replaced by ``identity``."""
        query = b"?" + self._scope["query_string"] if self._scope["query_string"] else b""
        address = self._gateway.providers[self._service].http.base_url
        url = address.copy_with(raw_path=self._scope["raw_path"] + query)
        headers = select_request_headers(self._scope["headers"])
        headers += [(name.encode(), value.encode()) for name, value in identity.items()]
        content = self._upload.read_chunks() if self._upload.has_body else None
        method = self._scope["method"]
        patience = _READ_SECONDS if method in ("GET", "HEAD") else _WRITE_SECONDS
        timeout = httpx.Timeout(connect=2.0, read=patience, write=60.0, pool=10.0)
        return httpx.Request(method, url, headers=headers, content=content, extensions={"timeout": timeout.as_dict()})

    async def run(self, outgoing: httpx.Request) -> None:
        """Forward until done or until the client disconnects. Raises a 503 problem if the response has not begun."""
        exchange = asyncio.create_task(self._stream_answer(outgoing))
        disconnect = asyncio.create_task(self._upload.wait_for_disconnect())
        try:
            await asyncio.wait((exchange, disconnect), return_when=asyncio.FIRST_COMPLETED)
            if not exchange.done() and not self._answered:
                exchange.cancel()
            await asyncio.wait((exchange,))
            if not exchange.cancelled():
                exchange.result()
        except ClientDisconnectedError:
            log.info("a client disconnected before its request was complete")
        finally:
            exchange.cancel()
            disconnect.cancel()

    async def _stream_answer(self, outgoing: httpx.Request) -> None:
        async with self._open_answer(outgoing) as answer:
            if self._scope["method"] != "GET":
                self._record_position(answer.headers)
            headers = select_response_headers(answer.headers.raw)
            self._started = True
            await self._send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for chunk in answer.aiter_raw():
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})
            self._answered = True

    @asynccontextmanager
    async def _open_answer(self, outgoing: httpx.Request) -> AsyncGenerator[httpx.Response]:
        try:
            answer = await self._gateway.providers[self._service].http.send(outgoing, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()
        except httpx.TransportError as error:
            log.warning("%s did not answer: %s", self._service, type(error).__name__)
            if self._started:
                # Part of the response is sent. Returning before its end makes the server close the connection, so that
                # the client can tell that the response is incomplete.
                return
            raise self._build_problem(error) from error

    def _build_problem(self, error: httpx.TransportError) -> Problem:
        code = "service_unavailable"
        if self._scope["method"] != "GET" and not isinstance(error, _NOTHING_SENT):
            code = "outcome_unknown"
        return Problem(503, code, {"service": self._service}, headers=_RETRY)

    def _record_position(self, headers: httpx.Headers) -> None:
        """Record the position in the response to a write before the client receives it."""
        try:
            position = parse_positions(headers.get(POSITION, ""))[self._service]
        except (ValueError, KeyError):
            return
        families = headers.get(FAMILIES)
        if families:
            self._gateway.known.record_change(self._service, position, families.split(","))
        else:
            # An idempotent replay: its response does not name the families that the original request changed.
            self._gateway.known.record_unnamed_change(self._service, position)
