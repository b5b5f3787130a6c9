"""The containers as an office runs them: images built, all services up, the sample region loaded, nothing lost.

Needs a Docker engine with compose, `python:3.13-slim` and `postgres:18`. Where there is none it says what was not run.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.databases.postgres import choose_server

from miernik_local.compose_secrets import write_compose_secrets
from miernik_local.ports import free_port
from miernik_local.provision import SERVICES

ROOT = Path(__file__).resolve().parents[2]
UP_SECONDS = 600  # images are built from nothing
HEALTHY_SECONDS = 90.0
FIGURES = {"as_of": "2011-06-30"}

pytestmark = [
    pytest.mark.skipif(
        not choose_server().kind.startswith("container"), reason="no Docker engine answers: images and compose not run"
    ),
    pytest.mark.timeout(UP_SECONDS + 300),
]


def compose_program() -> list[str]:
    """Compose as a plugin of the client, else the program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]


@dataclass(frozen=True)
class Installation:
    """One compose project with secrets, a port and a volume of its own."""

    command: list[str]
    environment: dict[str, str]
    url: str

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def is_ready(self) -> bool:
        """Whether the gateway is healthy, as its container's health check finds on the operations port."""
        container = self.run("ps", "--quiet", "gateway").strip()
        health = ["docker", "inspect", "--format", "{{.State.Health.Status}}", container]
        return bool(container) and subprocess.check_output(health, text=True).strip() == "healthy"

    def create_client(self) -> str:
        """The key of an officer, made as an operator makes it."""
        client = ["create-client", "--name", "officer", "--region", "--all-scopes"]
        operation = ["python3", "-m", "miernik_gateway", *client]
        return json.loads(self.run("exec", "-T", "gateway", *operation))["key"]


def eventually(condition: Callable[[], bool], seconds: float = HEALTHY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    secrets_file, port = tmp_path_factory.mktemp("compose") / "env", free_port()
    write_compose_secrets(secrets_file)
    project = f"miernik-{secrets.token_hex(4)}"
    command = [*compose_program(), "--project-name", project, "--env-file", str(secrets_file)]
    running = Installation(command, os.environ | {"MIERNIK_PORT": str(port)}, f"http://127.0.0.1:{port}")
    try:
        running.run("up", "--detach", "--build")
        eventually(running.is_ready)
        yield running
    finally:
        running.run("down", "--volumes")


@pytest.fixture(scope="module")
def officer(installation: Installation) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {installation.create_client()}"}
    with httpx.Client(base_url=installation.url, headers=headers, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def loaded(installation: Installation, officer: httpx.Client) -> Any:
    """The dashboard of the indicators once the sample region was loaded through the gateway."""
    key = officer.headers["authorization"].removeprefix("Bearer ")
    command = [sys.executable, "-m", "miernik_local", "load-region", installation.url]
    subprocess.run(command, env=os.environ | {"MIERNIK_KEY": key}, check=True, capture_output=True)
    return indicators(officer)


def indicators(officer: httpx.Client) -> Any:
    answer = officer.get("/v1/dashboards/indicators", params=FIGURES)
    assert answer.is_success, answer.text
    return answer.json()


@pytest.mark.parametrize("service", SERVICES)
def test_image_holds_its_service_and_shared_and_runs_unprivileged(installation: Installation, service: str) -> None:
    script = "import importlib.util as u, os, json; print(json.dumps([os.getuid(), [n for n in %r if u.find_spec(n)]]))"
    names = ["miernik_shared", "miernik_local", *(f"miernik_{one}" for one in SERVICES)]
    user, found = json.loads(installation.run("exec", "-T", service, "python3", "-c", script % (names,)))

    assert user == 10001
    assert found == ["miernik_shared", f"miernik_{service}"]


def test_every_service_says_that_it_is_healthy(installation: Installation) -> None:
    def all_healthy() -> bool:
        containers = installation.run("ps", "--quiet", "postgres", *SERVICES).split()
        health = ["docker", "inspect", "--format", "{{.State.Health.Status}}", *containers]
        return subprocess.check_output(health, text=True).split() == ["healthy"] * (len(SERVICES) + 1)

    eventually(all_healthy)


def test_the_published_port_has_neither_readiness_nor_metrics(installation: Installation) -> None:
    paths = ("/health", "/ready", "/metrics")
    statuses = [httpx.get(f"{installation.url}{path}", trust_env=False).status_code for path in paths]

    assert statuses == [200, 404, 404]


def test_the_sample_region_shows_its_printed_figures(loaded: Any) -> None:
    shown = json.dumps(loaded, ensure_ascii=False)
    assert all(f'"{figure}"' in shown for figure in ("70,09%", "50,14%", "0,00%", "61,03%"))


def test_figures_outlive_a_killed_service_and_new_containers(
    installation: Installation, officer: httpx.Client, loaded: Any
) -> None:
    installation.run("kill", "indicators")
    installation.run("up", "--detach")
    eventually(lambda: indicators(officer)["sections"][0]["status"] == "ok")
    installation.run("down")
    installation.run("up", "--detach")
    eventually(installation.is_ready)
    eventually(lambda: indicators(officer)["sections"] == loaded["sections"])


def test_the_tests_take_a_container_where_an_engine_answers() -> None:
    command = [".venv/bin/python", "-m", "pytest", "tests/integration/test_indicators_rollup.py"]
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "postgres: container postgres:18" in done.stdout
