"""Endpoints of a service as a table, and a client that sends its requests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import httpx
from fastapi import FastAPI
from tests.support.databases.postgres import PostgresServer, copy_of

from miernik_local.provision import DatabaseUrls

NOBODY = "0192f3a4-0000-7000-8000-000000000001"
IF_FIRST = {"If-Match": '"v1"'}
KEY = "Idempotency-Key"
CSV = "text/csv"


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A request that succeeds, and what the endpoint does besides.

    `{node_id}` and the like, in paths and bodies, stand for what the scene knows under that name.
    """

    operation: str
    """Method and path as the document has them; it is sent to that path unless `path` says more."""
    scope: str = "reports:read"
    status: int = 200
    body: Mapping[str, Any] | None = None
    file: bytes | None = None
    """A table in CSV in place of a body in JSON."""
    path: str = ""
    missing: str = ""
    """Path that names nothing; by default the endpoint's own path with an unused id."""
    not_there: int = 404
    lists: tuple[type, ...] = ()
    """Content of its cursors, if it returns pages."""
    cursors: str = ""
    """Prefix of its cursors, if it is not the end of the path."""
    changes: bool = False
    """True if it changes something that exists, and so needs `If-Match`."""
    tagged: bool = False
    """True if the answer is a single resource with an `ETag`."""
    needs_key: bool = False
    families: str = ""
    """Families that a write names, if they are checked."""
    texts: tuple[str, ...] = ()
    """Fields of the body that are free text."""
    another: Mapping[str, Any] | None = None
    """Fields of an upsert's body that differ for a new resource."""
    empty_body: bool = False
    """True if `{}` is a valid body."""
    any_object: bool = False
    """True if it accepts another institution's JSON, whose further members are unknown."""

    def __str__(self) -> str:
        return self.operation

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0]

    @property
    def template(self) -> str:
        return self.operation.partition(" ")[2]

    @property
    def address(self) -> str:
        return self.path or self.template

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def by_id(self) -> bool:
        return "_id}" in self.template

    @property
    def by_external_id(self) -> bool:
        return "by-external-id" in self.template

    @property
    def upserts(self) -> bool:
        return self.writes and self.by_external_id

    @property
    def list_name(self) -> str:
        """Prefix of its cursors."""
        return self.cursors or self.template.rpartition("/")[2]

    @property
    def nowhere(self) -> str:
        """Path that names nothing; empty for an upsert, which would create the resource."""
        if self.missing or self.upserts:
            return self.missing
        if self.by_external_id:
            return self.template.replace("{value}", "2%2F11")
        return self.with_id(NOBODY) if self.by_id else ""

    def with_id(self, value: str) -> str:
        """The path with another id."""
        before, _, after = self.template.partition("{")
        return before + value + after.partition("}")[2]

    def asking(self, query: str) -> str:
        """The path with one more parameter, in place of its own of that name."""
        path, _, own = self.address.partition("?")
        name = query.partition("=")[0]
        kept = [one for one in own.split("&") if one and one.partition("=")[0] != name]
        return f"{path}?{'&'.join([*kept, query])}"


class Service(Protocol):
    """Interface of a running service that these tests need."""

    app: FastAPI
    officer: httpx.AsyncClient
    stranger: httpx.AsyncClient

    def caller(self, client: str, *, scopes: Iterable[str]) -> httpx.AsyncClient: ...

    def row_counts(self) -> dict[str, int]: ...

    def everything_stored(self) -> str: ...


@dataclass(frozen=True)
class Scene:
    """A database in which every endpoint's request succeeds. Nobody is connected to it: it is there to be copied."""

    urls: DatabaseUrls
    run: Callable[[DatabaseUrls], AbstractAsyncContextManager[Service]]
    names: Mapping[str, str]
    """Values of `{node_id}` and other path parameters."""


class EndpointClient:
    """Client that sends the requests of a table to a running service."""

    def __init__(self, service: Service, names: Mapping[str, str]) -> None:
        self.service = service
        self._names = names
        self._keys = count(1)

    async def send(
        self,
        endpoint: Endpoint,
        *,
        by: httpx.AsyncClient | None = None,
        path: str | None = None,
        content: Any = None,
        also: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send the request, by default as the officer.

        `also` overrides fields of its body, None removes a header. Each write has a key of its own, so that a refused
        one that stored it would be noticed.
        """
        own = {KEY: f"sent-{next(self._keys)}"} if endpoint.writes else {}
        kind = {"Content-Type": CSV if endpoint.file else "application/json"}
        given = {name: value for name, value in (kind | own | dict(headers or {})).items() if value is not None}
        return await (by or self.service.officer).request(
            endpoint.method,
            self.filled(path or endpoint.address),
            content=self.content(endpoint, also) if content is None else content,
            headers=given,
            **options,
        )

    def content(self, endpoint: Endpoint, also: Mapping[str, Any] | None = None) -> bytes | None:
        """The endpoint's own file or body, with some fields changed."""
        if endpoint.body is None:
            return endpoint.file
        return self.filled(json.dumps({**endpoint.body, **(also or {})})).encode()

    def filled(self, text: str) -> str:
        for name, value in self._names.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@asynccontextmanager
async def on_a_copy(server: PostgresServer, scene: Scene) -> AsyncIterator[EndpointClient]:
    """A client of the service on its own copy of the scene."""
    with copy_of(server, scene.urls) as urls:
        async with scene.run(urls) as service:
            yield EndpointClient(service, scene.names)
