"""The service ``contracts`` in this process, on a real database, with callers and builders for what tests need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer, copy_of
from tests.support.services.asgi_server import served
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.service_client import NOWHERE, ServiceClient, running

from miernik_contracts.app import CLIENT_SCOPES, create_app
from miernik_contracts.settings import ContractsSettings
from miernik_local.provision import DatabaseUrls


class ContractsService(ServiceClient):
    """The service ``contracts`` with builders for its rates, allocations and agreements."""

    name = "contracts"
    scopes = CLIENT_SCOPES

    def new_key(self) -> dict[str, str]:
        """Headers with an `Idempotency-Key` that was not used before."""
        return {"Idempotency-Key": uuid4().hex}

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.officer.post(path, json=body, headers=self.new_key() | headers)

    async def add_rate(self, rate: str, effective_on: str, source: str = "programming", **more: Any) -> dict[str, Any]:
        body = {"source": source, "rate": rate, "effective_on": effective_on, **more}
        return ok(await self.post("/v1/exchange-rates", body))

    async def grant(self, node_id: str, amount_eur: str, **more: Any) -> dict[str, Any]:
        body = {"rate_source": "programming", "effective_on": "2007-01-01"}
        body |= {"node_id": node_id, "amount_eur": amount_eur, **more}
        return ok(await self.post("/v1/allocations", body))

    async def sign(self, number: str, node_id: str | None, value_pln: str, **more: Any) -> httpx.Response:
        body = {"kind": "grant", "signed_on": "2011-03-01"}
        body |= {"number": number, "node_id": node_id, "value_pln": value_pln, **more}
        return await self.post("/v1/agreements", body)

    async def signed(self, number: str, node_id: str | None, value_pln: str, **more: Any) -> dict[str, Any]:
        return ok(await self.sign(number, node_id, value_pln, **more))

    async def amend(
        self, agreement: dict[str, Any], value_pln: str, effective_on: str, number: str | None = None
    ) -> httpx.Response:
        """Amend the agreement at the version that the caller holds."""
        body = {"value_pln": value_pln, "effective_on": effective_on}
        body["amendment_number"] = number or f"-{agreement['version']:02d}"
        match = {"If-Match": f'"v{agreement["version"]}"'}
        return await self.post(f"/v1/agreements/{agreement['id']}/amendments", body, **match)

    async def terminate(self, agreement: dict[str, Any], effective_on: str) -> httpx.Response:
        match = {"If-Match": f'"v{agreement["version"]}"'}
        path = f"/v1/agreements/{agreement['id']}/termination"
        return await self.post(path, {"effective_on": effective_on}, **match)

    async def annul(self, agreement: dict[str, Any], reason: str = "Pomyłka we wpisie") -> httpx.Response:
        match = {"If-Match": f'"v{agreement["version"]}"'}
        return await self.post(f"/v1/agreements/{agreement['id']}/annulment", {"reason": reason}, **match)

    def used(self) -> dict[str, Decimal]:
        """Committed amount by node code, for nodes with commitments."""
        rows = self.query(
            "select distinct code, used_pln from balance join programme_node_state on id = node_id where used_pln > 0"
        )
        return dict(rows)

    async def until_blocked(self, count: int, *requests: asyncio.Future[Any]) -> None:
        """Wait until `count` backends wait for a lock, or until one of `requests` has ended without waiting."""
        query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        async with asyncio.timeout(20):
            while self.query(query)[0][0] < count and not any(one.done() for one in requests):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def wait_until_applied(self, calls_feed: CallsFeed) -> None:
        """Wait until every event of the feed has been applied."""
        query = "select position from follower_cursor where source = 'calls'"
        async with asyncio.timeout(20):
            while self.query(query) != [(len(calls_feed.events),)]:  # noqa: ASYNC110 - the cursor offers no event
                await asyncio.sleep(0.02)


def running_contracts(
    urls: DatabaseUrls, *, calls_url: str = NOWHERE, indicators_url: str = NOWHERE, **settings: Any
) -> AbstractAsyncContextManager[ContractsService]:
    """Run the service with its lifespan. It follows nobody by default: nothing listens at `NOWHERE`."""
    addresses = {"indicators_url": indicators_url, "calls_url": calls_url}
    return running(ContractsService, create_app, ContractsSettings, urls, **addresses, **settings)


@asynccontextmanager
async def contracts_and_calls(
    urls: DatabaseUrls, calls_feed: CallsFeed | None = None, **settings: Any
) -> AsyncIterator[tuple[ContractsService, CallsFeed]]:
    """Run the service beside a stub of calls, whose nine nodes of Priority VII are replicated."""
    if calls_feed is None:
        calls_feed = CallsFeed()
        calls_feed.priority_vii()
    async with served(calls_feed.app) as address, running_contracts(urls, calls_url=address, **settings) as service:
        await service.wait_until_applied(calls_feed)
        yield service, calls_feed


@dataclass(frozen=True)
class OfficeDatabase:
    """Database of contracts to copy, with the feed that it replicated. Nobody is connected to it."""

    urls: DatabaseUrls
    calls_feed: CallsFeed


@asynccontextmanager
async def contracts_on_a_copy(
    server: PostgresServer, original: OfficeDatabase, **settings: Any
) -> AsyncIterator[tuple[ContractsService, CallsFeed]]:
    """Run the service on its own copy, beside a stub of calls that continues the feed."""
    with copy_of(server, original.urls) as urls:
        async with contracts_and_calls(urls, original.calls_feed.copy(), **settings) as office:
            yield office


def figure(cell: dict[str, Any]) -> dict[str, Any]:
    """Number and value of a report's cell, without its proof link."""
    return {name: value for name, value in cell.items() if name != "proof"}
