"""Passes one request on to a service and its answer back, both as streams; nothing is buffered, no write repeated."""

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
from miernik_gateway.proxy.headers import to_the_client, to_the_service
from miernik_gateway.proxy.upload import ClientGoneError, Upload
from miernik_shared.problems import Problem

FAMILIES = "Miernik-Families"
_READ_SECONDS, _WRITE_SECONDS = 30.0, 300.0
"""How long the next bytes of an answer are waited for: a large upload is worked on for minutes before its answer
begins, a read that takes this long will not be answered."""
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_RETRY = {"Retry-After": "1"}
log = logging.getLogger(__name__)


class Forwarding:
    """ASGI application for the resources of one service."""

    def __init__(self, service: str) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request on behalf of the client whose key it carries."""
        request = Request(scope)
        gateway = gateway_of(request)
        key = await client_of(gateway.keys, request)
        if {".", ".."} & set(scope["path"].split("/")):
            raise Problem(404, "not_found")
        exchange = _Exchange(gateway, self._service, scope, Upload(scope, receive), send)
        outgoing = exchange.request(gateway.providers[self._service].headers(key.caller))
        await exchange.run(outgoing)


class _Exchange:
    """One request and its answer."""

    def __init__(self, gateway: Gateway, service: str, scope: Scope, upload: Upload, send: Send) -> None:
        self._gateway = gateway
        self._service = service
        self._scope = scope
        self._upload = upload
        self._send = send
        self._started = False
        self._answered = False

    def request(self, identity: dict[str, str]) -> httpx.Request:
        """The request to the service: the path and query as they came, another identity."""
        query = b"?" + self._scope["query_string"] if self._scope["query_string"] else b""
        address = self._gateway.providers[self._service].http.base_url
        url = address.copy_with(raw_path=self._scope["raw_path"] + query)
        headers = to_the_service(self._scope["headers"])
        headers += [(name.encode(), value.encode()) for name, value in identity.items()]
        content = self._upload.chunks() if self._upload.has_body else None
        method = self._scope["method"]
        patience = _READ_SECONDS if method in ("GET", "HEAD") else _WRITE_SECONDS
        timeout = httpx.Timeout(connect=2.0, read=patience, write=60.0, pool=10.0)
        return httpx.Request(method, url, headers=headers, content=content, extensions={"timeout": timeout.as_dict()})

    async def run(self, outgoing: httpx.Request) -> None:
        """Exchanges until done, or until the client goes away. Raises 503 problems before an answer has begun."""
        exchange = asyncio.create_task(self._exchange(outgoing))
        gone = asyncio.create_task(self._upload.client_gone())
        try:
            await asyncio.wait((exchange, gone), return_when=asyncio.FIRST_COMPLETED)
            if not exchange.done() and not self._answered:
                exchange.cancel()
            await asyncio.wait((exchange,))
            if not exchange.cancelled():
                exchange.result()
        except ClientGoneError:
            log.info("a client went away before its request was complete")
        finally:
            exchange.cancel()
            gone.cancel()

    async def _exchange(self, outgoing: httpx.Request) -> None:
        async with self._answer(outgoing) as answer:
            if self._scope["method"] != "GET":
                self._learn(answer.headers)
            headers = to_the_client(answer.headers.raw)
            self._started = True
            await self._send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
            async for chunk in answer.aiter_raw():
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})
            self._answered = True

    @asynccontextmanager
    async def _answer(self, outgoing: httpx.Request) -> AsyncGenerator[httpx.Response]:
        try:
            answer = await self._gateway.providers[self._service].http.send(outgoing, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()
        except httpx.TransportError as error:
            log.warning("%s did not answer: %s", self._service, type(error).__name__)
            if self._started:
                # Part of the answer is out. Returning without its end makes the server cut the connection, so that the
                # client sees that it is not whole.
                return
            raise self._problem(error) from error

    def _problem(self, error: httpx.TransportError) -> Problem:
        code = "service_unavailable"
        if self._scope["method"] != "GET" and not isinstance(error, _NOTHING_SENT):
            code = "outcome_unknown"
        return Problem(503, code, {"service": self._service}, headers=_RETRY)

    def _learn(self, headers: httpx.Headers) -> None:
        """Raises the known positions by a write's answer before the client can see it."""
        try:
            position = parse_positions(headers.get(POSITION, ""))[self._service]
        except (ValueError, KeyError):
            return
        families = headers.get(FAMILIES)
        if families:
            self._gateway.known.learn(self._service, position, families.split(","))
        else:
            # The first answer given again: what it changed is not told a second time.
            self._gateway.known.learn_unnamed(self._service, position)
