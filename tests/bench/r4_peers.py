"""The peers of R4, running beside us, and the check that they show the same table."""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from tests.bench.api import Answer
from tests.bench.country import HOME, LAST_DAY
from tests.bench.installation import Installation, Server
from tests.bench.load.http_wire import request_bytes
from tests.bench.peers import postgraphile
from tests.bench.peers.dashboard_tables import SCHEMA

from miernik_local.ports import HOST, free_port
from miernik_local.supervisor import Command, Supervisor
from miernik_shared.database import driver_url

BARE = "bare ASGI application"
ROLLUP = "FastAPI + SQLAlchemy over our rollup"
OBSERVATIONS = "FastAPI + SQLAlchemy over the observations"
POSTGRAPHILE = "PostGraphile over our rollup"
READY_TIMEOUT = 60.0  # seconds
Table = dict[str, tuple[Decimal | None, ...]]
"""By indicator: original target, revised target, achieved, percentage."""


@dataclass(frozen=True)
class Target:
    """Port and request of a peer."""

    port: int
    request: bytes


@contextmanager
def running_peers(
    server: Server, installation: Installation, answer: Answer, kept: Path
) -> Iterator[tuple[dict[str, Target], list[str]]]:
    """The peers' targets, and a line on each one that could not be had."""
    with psycopg.connect(installation.superuser_url) as connection:
        connection.execute(SCHEMA)
    ports = {name: free_port() for name in (BARE, ROLLUP, POSTGRAPHILE)}
    commands = [
        _bare(server, answer, ports[BARE]),
        _python_peer(
            "fastapi_sqlalchemy", ports[ROLLUP], {"PEER_DATABASE_URL": driver_url(installation.superuser_url)}
        ),
    ]
    targets = _python_targets(ports)
    skipped: list[str] = []
    found = postgraphile.installed(kept)
    if isinstance(found, str):
        skipped.append(f"PostGraphile was left out: {found}")
    else:
        commands.append(postgraphile.command(*found, installation.superuser_url, ports[POSTGRAPHILE]))
        targets[POSTGRAPHILE] = _postgraphile_target(ports[POSTGRAPHILE])
    with Supervisor(commands, server.directory / "logs" / "peers"):
        for target in targets.values():
            _wait_until_ready(target)
        yield targets, skipped


def _bare(server: Server, answer: Answer, port: int) -> Command:
    """Sends what the gateway sent, but for the headers that the server adds by itself."""
    file = server.directory / "bare.json"
    headers = {name: value for name, value in answer.headers.items() if name not in ("date", "server")}
    file.write_text(json.dumps({"content": answer.content.decode(), "headers": headers}), encoding="utf-8")
    return _python_peer("bare_asgi", port, {"BARE_ANSWER": str(file)})


def _python_peer(module: str, port: int, environment: dict[str, str]) -> Command:
    """Under the server and settings that our services run under."""
    arguments = [
        sys.executable,
        "-m",
        "uvicorn",
        f"tests.bench.peers.{module}:app",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    return Command(module, [*arguments, "--no-access-log", "--log-level", "warning"], environment)


def _python_targets(ports: dict[str, int]) -> dict[str, Target]:
    query = f"voivodeship={int(HOME)}&as_of={LAST_DAY}"
    return {
        BARE: Target(ports[BARE], request_bytes("GET", "/", {})),
        ROLLUP: Target(ports[ROLLUP], request_bytes("GET", f"/rollup?{query}", {})),
        OBSERVATIONS: Target(ports[ROLLUP], request_bytes("GET", f"/observations?{query}", {})),
    }


def _postgraphile_target(port: int) -> Target:
    content = postgraphile.request_content(int(HOME), LAST_DAY)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    return Target(port, request_bytes("POST", "/graphql", headers, content))


def _wait_until_ready(target: Target) -> None:
    deadline = time.monotonic() + READY_TIMEOUT
    while True:
        try:
            ask(target)
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def ask(target: Target) -> Any:
    """The JSON of one answer. Raises OSError where there is none, or none of status 200."""
    head, _, content = target.request.partition(b"\r\n\r\n")
    method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
    url = f"http://{HOST}:{target.port}{path}"
    headers = {"Content-Type": "application/json", "Accept": "application/json"} if content else {}
    request = urllib.request.Request(url, content or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def assert_same_table(answer: Answer, peers: dict[str, Target]) -> None:
    """Assert that every peer shows our figures, and the bare one our very bytes."""
    ours = _our_table(answer.json())
    assert len(ours) > 1
    assert ask(peers[BARE]) == answer.json()
    for name in (ROLLUP, OBSERVATIONS):
        assert _table(ask(peers[name]), "original_target", "revised_target") == ours, name
    if POSTGRAPHILE in peers:
        rows = ask(peers[POSTGRAPHILE])["data"]["dashboard"]["nodes"]
        assert _table(rows, "originalTarget", "revisedTarget") == ours, POSTGRAPHILE


def _our_table(body: Any) -> Table:
    names = ("original_target", "revised_target", "achieved", "percentage")
    return {
        _indicator_of(row["proof"]): tuple(_exact(row["cells"][name]["value"]) for name in names)
        for group in body["sections"][0]["groups"]
        for row in group["rows"]
    }


def _indicator_of(proof: str) -> str:
    return proof.partition("indicator=")[2].partition("&")[0]


def _table(rows: list[dict[str, Any]], original: str, revised: str) -> Table:
    names = (original, revised, "achieved", "percentage")
    return {row["indicator"]: tuple(_exact(row[name]) for name in names) for row in rows}


def _exact(value: str | float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
