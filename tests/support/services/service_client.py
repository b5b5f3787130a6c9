"""A service in this process, on a real database, with its callers: the base of the builders for each service."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from tests.support.databases.watched_tables import WatchedTables
from tests.support.services.service_keys import TRUSTED_KEYS, SignedCalls, private_key

from miernik_local.provision import DatabaseUrls
from miernik_shared.service_tokens import Caller
from miernik_shared.settings import ServiceSettings

NOWHERE = "http://127.0.0.1:9"
"""Address of a service that is not there."""


class ServiceClient(WatchedTables):
    """A running service. `officer` may do everything; other callers are made by `caller`."""

    name: str
    """Name of the service, of its schema and of its tokens' audience."""
    scopes: Iterable[str]
    """Scopes that a client of the service may hold."""

    def __init__(self, app: FastAPI, urls: DatabaseUrls, *, raising: bool = True) -> None:
        super().__init__(urls, self.name)
        self.app = app
        self._transport = httpx.ASGITransport(app=app, raise_app_exceptions=raising)
        self.officer = self.caller("officer")
        self.stranger = httpx.AsyncClient(transport=self._transport, base_url=f"http://{self.name}")
        operations = httpx.ASGITransport(app=app.state.operations)
        self.operations = httpx.AsyncClient(transport=operations, base_url=f"http://{self.name}")

    def caller(
        self,
        client: str,
        *,
        region: bool = True,
        units: Iterable[str] = (),
        scopes: Iterable[str] | None = None,
        issuer: str = "gateway",
    ) -> httpx.AsyncClient:
        """A client whose requests carry a token of the gateway, or of another part."""
        held = self.scopes if scopes is None else scopes
        who = Caller(issuer, client, frozenset(held), region, tuple(units))
        return httpx.AsyncClient(
            transport=self._transport, base_url=f"http://{self.name}", auth=SignedCalls(self.name, who), timeout=60
        )


Client = TypeVar("Client", bound=ServiceClient)
Settings = TypeVar("Settings", bound=ServiceSettings)


@asynccontextmanager
async def running(
    client: type[Client],
    create_app: Callable[[Settings], FastAPI],
    settings: type[Settings],
    urls: DatabaseUrls,
    *,
    raising: bool = True,
    **chosen: Any,
) -> AsyncIterator[Client]:
    """Run a service with its lifespan. With `raising`, a defect fails the test with its own traceback."""
    with root_logger_restored():
        app = create_app(
            settings(
                database_url=SecretStr(urls.app[client.name]),
                signing_key=SecretStr(private_key(client.name)),
                trusted_keys=TRUSTED_KEYS,
                **chosen,
            )
        )
    async with app.router.lifespan_context(app):
        service = client(app, urls, raising=raising)
        try:
            yield service
        finally:
            service.close()


@contextmanager
def root_logger_restored() -> Iterator[None]:
    """Restore pytest's root logger, which building an application replaces."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
