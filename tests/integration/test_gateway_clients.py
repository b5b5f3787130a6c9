"""Clients and keys: the commands, what they leave in the log, and when a key ends."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import httpx
import psycopg
import pytest
from tests.support.services.asgi_server import served
from tests.support.services.gateway import DASHBOARD, Indicators, gateway, settings
from typer.testing import CliRunner, Result

from miernik_gateway.__main__ import commands
from miernik_gateway.clients.keys import key_digest
from miernik_gateway.clients.scopes import SCOPES
from miernik_local.provision import DatabaseUrls

REGIONAL = ["--scope", "dashboards:read", "--scope", "reports:read", "--region"]


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
        assert stored.count(key_digest(key).hex()) == 1, "the digest lies in the table of keys and nowhere else"


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
def test_what_makes_no_sense_is_refused_and_leaves_nothing(module_database: DatabaseUrls, arguments: list[str]) -> None:
    refused = run(module_database, *arguments)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert everything_stored(module_database) == "[[], [], []]"


def test_whoever_may_do_everything_needs_no_list_of_scopes(database: DatabaseUrls) -> None:
    printed(database, "create-client", "--name", "officer", "--region", "--all-scopes")
    assert printed(database, "list-clients")[0]["scopes"] == [*SCOPES]


async def test_a_key_ends_at_once_everywhere(database: DatabaseUrls) -> None:
    """Two replicas, each with the key in memory and the answer in its cache."""
    made = await asyncio.to_thread(printed, database, "create-client", "--name", "analyst", *REGIONAL)
    expired = await asyncio.to_thread(
        printed, database, "create-key", made["client_id"], "--expires-at", "2020-01-01T00:00:00"
    )
    configured = settings(database_url=database.app["gateway"])
    replicas = [gateway(configured, transports={"indicators": Indicators()}, find_key=None) for _ in range(2)]
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with (
        served(replicas[0], lifespan="on") as one,
        served(replicas[1], lifespan="on") as two,
        httpx.AsyncClient(headers=headers) as client,
    ):
        for address in (one, two):
            assert (await client.get(address + DASHBOARD)).status_code == 200
            late = await client.get(address + DASHBOARD, headers={"Authorization": f"Bearer {expired['key']}"})
            assert late.json()["code"] == "credentials_refused"
        await asyncio.to_thread(printed, database, "revoke-key", made["key_id"])
        await asyncio.sleep(0.3)  # well under the two seconds for which a key is believed
        for address in (one, two):
            assert (await client.get(address + DASHBOARD)).status_code == 401


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
