"""Clients and keys: the commands, what they leave in the log, and when a key ends."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.answers import assert_problem
from tests.support.services.asgi_server import served
from tests.support.services.gateway import DASHBOARD, Indicators, gateway, settings
from typer.testing import CliRunner, Result

from miernik_gateway.__main__ import commands
from miernik_gateway.clients.keys import digest_key
from miernik_gateway.clients.scopes import SCOPES
from miernik_local.provision import DatabaseUrls

PATHS = (DASHBOARD, "/v1/dashboards", "/v1/reports/indicators", "/v1/feeds/indicators/events")
NEWS_SECONDS = 120.0
REGIONAL = ["--scope", "dashboards:read", "--scope", "reports:read", "--region"]


class Answering(Indicators):
    """The service with an empty feed."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/events":
            return httpx.Response(200, json={"events": [], "next": 0, "more": False})
        return await super().handle_async_request(request)


def run(database: DatabaseUrls, *arguments: str) -> Result:
    """The command in this process: one of its own would spend seconds importing."""
    return CliRunner().invoke(commands, arguments, env={"MIERNIK_DATABASE_URL": database.app["gateway"]})


def printed(database: DatabaseUrls, *arguments: str) -> Any:
    done = run(database, *arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def printed_by_a_process(database: DatabaseUrls, *arguments: str) -> Any:
    environment = {**os.environ, "MIERNIK_DATABASE_URL": database.app["gateway"]}
    command = [sys.executable, "-m", "miernik_gateway", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def everything_stored(database: DatabaseUrls) -> str:
    with psycopg.connect(database.owner["gateway"]) as connection:
        tables = ("client", "api_key", "change")
        rows = [connection.execute(f"select row_to_json({name})::text from {name}").fetchall() for name in tables]
    return json.dumps(rows)


def test_the_commands_and_their_changes(database: DatabaseUrls) -> None:
    unit = "0192f3a4-0000-7000-8000-000000000001"
    made = printed_by_a_process(
        database, "create-client", "--name", "GOPS", "--scope", "submissions:write", "--unit", unit
    )
    further = printed(database, "create-key", made["client_id"], "--expires-at", "2030-01-01T00:00:00")
    assert printed(database, "revoke-key", made["key_id"])["revoked"]
    (listed,) = printed(database, "list-clients")
    assert (listed["name"], listed["scopes"], listed["region"]) == ("GOPS", ["submissions:write"], False)
    assert listed["units"] == [unit]
    first, second = listed["keys"]
    assert (first["key_id"], second["key_id"]) == (made["key_id"], further["key_id"])
    assert first["revoked_at"]
    assert (second["revoked_at"], second["expires_at"][:16]) == (None, "2030-01-01T00:00")
    assert printed(database, "revoke-client", made["client_id"])["revoked"]
    with psycopg.connect(database.owner["gateway"]) as connection:
        changes = connection.execute("select action, actor, subject from change order by position").fetchall()
    subject = f"clients/{made['client_id']}"
    actions = ["client.created", "key.created", "key.revoked", "client.revoked"]
    assert changes == [(action, "operator", subject) for action in actions]
    stored = everything_stored(database)
    for key in (made["key"], further["key"]):
        assert key not in stored
        assert stored.count(digest_key(key).hex()) == 1, "the digest lies in the table of keys and nowhere else"


@pytest.mark.parametrize(
    "arguments",
    [
        ["revoke-key", "0192f3a4-0000-7000-8000-000000000009"],
        ["revoke-client", "0192f3a4-0000-7000-8000-000000000009"],
        ["create-key", "0192f3a4-0000-7000-8000-000000000009"],
        ["create-client", "--name", "x", "--scope", "everything"],
        ["create-client", "--name", "x", "--region"],
        ["create-client", "--name", "x", *REGIONAL, "--all-scopes"],
        ["create-client", "--name", "x", *REGIONAL, "--scope", "application:write"],
        ["create-client", "--name", "x", *REGIONAL, "--unit", "0192f3a4-0000-7000-8000-000000000009"],
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_invalid_arguments_are_refused_and_store_nothing(module_database: DatabaseUrls, arguments: list[str]) -> None:
    refused = run(module_database, *arguments)

    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert everything_stored(module_database) == "[[], [], []]"


def test_whoever_may_do_everything_needs_no_list_of_scopes(database: DatabaseUrls) -> None:
    printed(database, "create-client", "--name", "officer", "--region", "--all-scopes")
    assert printed(database, "list-clients")[0]["scopes"] == [*SCOPES]


async def statuses(client: httpx.AsyncClient, addresses: Sequence[str]) -> list[int]:
    """Of every path at every replica; each is read often enough to be answered in front of the application."""
    paths = [address + path for address in addresses for path in PATHS]
    return [(await client.get(path)).status_code for path in paths for _ in range(3)]


async def test_expired_key_is_refused(database: DatabaseUrls) -> None:
    made = await asyncio.to_thread(printed, database, "create-client", "--name", "analyst", *REGIONAL)
    over = ("create-key", made["client_id"], "--expires-at", "2020-01-01T00:00:00")
    expired = await asyncio.to_thread(printed, database, *over)
    app = gateway(settings(database_url=database.app["gateway"]), find_key=None)
    headers = {"Authorization": f"Bearer {expired['key']}"}
    async with served(app, lifespan="on") as address, httpx.AsyncClient(headers=headers) as client:
        late = await client.get(address + DASHBOARD)
    assert_problem(late, 401, "credentials_refused")


@pytest.mark.parametrize(("command", "revoked"), [("revoke-key", "key_id"), ("revoke-client", "client_id")])
async def test_revoked_key_or_client_ends_at_once_on_every_path(
    database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, command: str, revoked: str
) -> None:
    """Two replicas, each with the key in memory and the answer in its cache."""
    # Nothing but the news of the change can end a key that is believed for an hour.
    monkeypatch.setattr("miernik_gateway.clients.authentication.CACHED_SECONDS", 3600.0)
    scopes = ("--scope", "feed:read")
    made = await asyncio.to_thread(printed, database, "create-client", "--name", "analyst", *REGIONAL, *scopes)
    configured = settings(database_url=database.app["gateway"])
    replicas = [gateway(configured, transports={"indicators": Answering()}, find_key=None) for _ in range(2)]
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with (
        served(replicas[0], lifespan="on") as one,
        served(replicas[1], lifespan="on") as two,
        httpx.AsyncClient(headers=headers) as client,
    ):
        assert set(await statuses(client, (one, two))) == {200}
        await asyncio.to_thread(printed, database, command, made[revoked])
        async with asyncio.timeout(NEWS_SECONDS):
            while set(await statuses(client, (one, two))) != {401}:  # noqa: ASYNC110 - a client is told nothing
                await asyncio.sleep(0.02)


def test_revoked_client_or_key_cannot_be_revoked_again_nor_given_a_key(database: DatabaseUrls) -> None:
    made = printed(database, "create-client", "--name", "analyst", *REGIONAL)
    printed(database, "revoke-key", made["key_id"])
    printed(database, "revoke-client", made["client_id"])
    stored = everything_stored(database)
    again = ("revoke-key", made["key_id"]), ("revoke-client", made["client_id"]), ("create-key", made["client_id"])
    assert [run(database, *arguments).exit_code for arguments in again] == [2, 2, 2]
    assert everything_stored(database) == stored


@pytest.mark.parametrize("name", ["\u200b", "officer\ufeff", "of\x1b[1mficer", " \u3000"])
def test_a_name_that_nobody_can_read_is_refused(database: DatabaseUrls, name: str) -> None:
    assert run(database, "create-client", "--name", name, *REGIONAL).exit_code == 2
    assert run(database, "list-clients").stdout.strip() == "[]"


@pytest.mark.parametrize("arguments", [["list-clients"], ["create-client", "--name", "x", *REGIONAL], ["verify-audit"]])
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.delenv("MIERNIK_DATABASE_URL", raising=False)
    done = CliRunner().invoke(commands, arguments)

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("MIERNIK_DATABASE_URL is not set")


@pytest.mark.parametrize("command", ["migrate", "check-migrations"])
def test_a_missing_setting_of_the_owner_is_named(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("MIERNIK_MIGRATION_DATABASE_URL", "")
    done = CliRunner().invoke(commands, [command])

    assert done.exit_code == 2
    assert done.stderr.startswith("MIERNIK_MIGRATION_DATABASE_URL is not set")
