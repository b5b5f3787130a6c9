"""The service ``calls`` in this process, on a real database, with callers and builders for what tests need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer, copy_of
from tests.support.services.service_client import NOWHERE, ServiceClient, running

from miernik_calls.app import CLIENT_SCOPES, create_app
from miernik_calls.settings import CallsSettings
from miernik_local.provision import DatabaseUrls

NODES = "/v1/programme-nodes"
ORGANISATIONS = "/v1/organisations"
CALLS = "/v1/calls"
TREE = (
    ("POKL", "programme", None), ("VII", "priority", "POKL"), ("7.1", "measure", "VII"), ("7.2", "measure", "VII"),
    ("7.3", "measure", "VII"), ("7.1.1", "sub_measure", "7.1"), ("7.2.1", "sub_measure", "7.2"),
    ("7.2.2", "sub_measure", "7.2"),
)  # fmt: skip
"""A priority with its measures; one of them has no sub-measures."""


class CallsService(ServiceClient):
    """The service ``calls`` with builders for its nodes, organisations and calls."""

    name = "calls"
    scopes = CLIENT_SCOPES

    async def add_node(self, code: str, level: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
        return ok(await self.officer.post(NODES, json=node(code, level, parent, **more)))

    async def add_tree(self, **more: Any) -> dict[str, dict[str, Any]]:
        """The tree of priority VII, its nodes by code."""
        return {code: await self.add_node(code, level, parent, **more) for code, level, parent in TREE}

    async def add_organisation(self, name: str = "MOPS w Toruniu", **more: Any) -> dict[str, Any]:
        return ok(await self.officer.post(ORGANISATIONS, json={"name": name, **more}))

    async def add_call(self, **more: Any) -> dict[str, Any]:
        return ok(await self.officer.post(CALLS, json=call(**more)))

    async def report(self, name: str, **query: str) -> dict[str, Any]:
        return ok(await self.officer.get(f"/v1/reports/{name}", params=query))

    def events(self, action: str) -> list[dict[str, Any]]:
        """Events of an action, oldest first: families and data."""
        rows = self.query("select event from change where action = %s order by position", action)
        return [event for (event,) in rows]


def running_calls(
    urls: DatabaseUrls, *, raising: bool = True, indicators_url: str = NOWHERE, **settings: Any
) -> AbstractAsyncContextManager[CallsService]:
    """Run the service with its lifespan. It follows nobody by default: nothing listens at `NOWHERE`."""
    settings |= {"indicators_url": indicators_url}
    return running(CallsService, create_app, CallsSettings, urls, raising=raising, **settings)


@asynccontextmanager
async def calls_on_a_copy(server: PostgresServer, original: DatabaseUrls) -> AsyncIterator[CallsService]:
    """The service on its own copy of a database that nobody is connected to."""
    with copy_of(server, original) as urls:
        async with running_calls(urls) as service:
            yield service


def node(code: str, level: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    """A node of the programme tree."""
    body = {"code": code, "level": level, "parent": parent, "name": f"Nazwa {code}", "valid_from": "2007-01-01"}
    return body | more


def call(**more: Any) -> dict[str, Any]:
    """A call for proposals."""
    return {"title": "Pierwszy konkurs zamknięty", "kind": "closed", "valid_from": "2011-01-01", **more}


def external(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}
