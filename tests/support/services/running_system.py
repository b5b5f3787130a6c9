"""Miernik as real processes: any number of replicas of each part on free ports, on a database that can crash."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.support.databases.postgres import PARAMETERS, ROLE_PASSWORDS, roomy_memory
from tests.support.services.service_keys import PARTS, TRUSTED_KEYS, SignedCalls, private_key

from miernik_local.keys import SigningKeys
from miernik_local.ports import HOST, free_port
from miernik_local.postgres import Cluster
from miernik_local.processes import (
    listen_on_port,
    operations_port,
    part_environment,
    run_operation,
    server_arguments,
)
from miernik_local.provision import DatabaseUrls, provision
from miernik_local.supervisor import Child, Command
from miernik_shared.migrations import upgrade
from miernik_shared.service_tokens import Caller

READY_SECONDS = 180.0
STOP_SECONDS = 120.0
KEYS = SigningKeys({part: private_key(part) for part in PARTS}, TRUSTED_KEYS)
EVERY_SCOPE = (
    "register:write", "units:write", "definitions:write", "forms:write", "submissions:write", "programme:write",
    "organisations:write", "calls:write", "applications:write", "applications:read", "rates:write", "allocations:write",
    "agreements:write", "agreements:read", "reports:read", "dashboards:read", "feed:read",
)  # fmt: skip


class NotRunning(RuntimeError):
    """A replica ended by itself or did not become usable; the message carries the end of its output."""


class Replica:
    """One process of one part. It keeps its port when it is started again."""

    def __init__(self, command: Command, port: int, log: Path) -> None:
        self.name = command.name
        self.url = f"http://{HOST}:{port}"
        self.operations_url = f"http://{HOST}:{command.environment['MIERNIK_OPERATIONS_PORT']}"
        self._log = log
        self._child = Child(command, log)

    @property
    def pid(self) -> int | None:
        return self._child.pid

    def start(self) -> None:
        self._child.start()

    def kill(self) -> None:
        """Send SIGKILL to the process and its children."""
        self._child.wait_until_stopped(deadline=0.0)

    def stop(self) -> None:
        """Send SIGTERM, as a process manager would."""
        self._child.ask_to_stop()
        self._child.wait_until_stopped(time.monotonic() + STOP_SECONDS)

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        with httpx.Client(timeout=2.0, trust_env=False) as client:
            while not self._is_ready(client):
                if time.monotonic() > deadline:
                    raise NotRunning(f"{self.name} is not ready after {seconds:.0f} s:\n{self.last_output()}")
                time.sleep(0.05)

    def _is_ready(self, client: httpx.Client) -> bool:
        try:
            ready = client.get(f"{self.operations_url}/ready").is_success
            return ready and client.get(f"{self.url}/health").is_success
        except httpx.HTTPError:
            return False

    def last_output(self, size: int = 3000) -> str:
        return self._log.read_text(errors="replace")[-size:] if self._log.exists() else ""


class RunningSystem:
    """Replicas by part. The n-th replica of a part calls the n-th replica of each other part."""

    def __init__(self, urls: DatabaseUrls, log_directory: Path, **replicas: int) -> None:
        self.urls = urls
        self.log_directory = log_directory
        counts = {part: max(1, replicas.get(part, 0)) for part in PARTS}
        ports = _distinct_ports({**counts, **{operations_port(part): count for part, count in counts.items()}})
        self.replicas = {
            part: [self._replica(part, number, ports) for number in range(count)] for part, count in replicas.items()
        }

    def _replica(self, part: str, number: int, ports: Mapping[str, list[int]]) -> Replica:
        name, port = f"{part}-{number}", ports[part][number]
        nearest = {other: numbers[number % len(numbers)] for other, numbers in ports.items()}
        nearest[operations_port(part)] = ports[operations_port(part)][number]
        environment = part_environment(part, self.urls, KEYS, nearest)
        command = Command(name, server_arguments(part, listen_on_port(port)), environment)
        return Replica(command, port, self.log_directory / f"{name}.log")

    @property
    def all(self) -> list[Replica]:
        return [replica for replicas in self.replicas.values() for replica in replicas]

    def url(self, part: str, number: int = 0) -> str:
        return self.replicas[part][number].url

    def start(self) -> None:
        self.log_directory.mkdir(parents=True, exist_ok=True)
        for replica in self.all:
            replica.start()
        for replica in self.all:
            replica.wait_until_ready()

    def end(self) -> None:
        for replica in self.all:
            replica.kill()

    def client_key(self, name: str, *scopes: str, unit: str | None = None) -> str:
        """A key of a new client of the gateway: of the whole region, or of one unit."""
        reach = ["--unit", unit] if unit else ["--region"]
        wanted = [word for scope in scopes or EVERY_SCOPE for word in ("--scope", scope)]
        environment = {"MIERNIK_DATABASE_URL": self.urls.app["gateway"]}
        said = run_operation("gateway", ["create-client", "--name", name, *reach, *wanted], environment)
        return str(json.loads(said)["key"])

    def gateway_client(self, key: str, number: int = 0) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.url("gateway", number), headers=headers, timeout=60, trust_env=False)


def service_client(url: str, part: str, client: str) -> httpx.Client:
    """A client that calls a service directly, with tokens as the gateway would sign them."""
    caller = Caller("gateway", client, frozenset(EVERY_SCOPE), region=True)
    return httpx.Client(base_url=url, auth=SignedCalls(part, caller), timeout=15, trust_env=False)


def _distinct_ports(counts: Mapping[str, int]) -> dict[str, list[int]]:
    taken: set[int] = set()
    ports: dict[str, list[int]] = {}
    for part, count in counts.items():
        for _ in range(count):
            port = free_port(besides=taken)
            taken.add(port)
            ports.setdefault(part, []).append(port)
    return ports


@contextmanager
def running_system(urls: DatabaseUrls, log_directory: Path, **replicas: int) -> Iterator[RunningSystem]:
    """The system, usable; nothing of it is left running afterwards. Call it in the main thread."""
    system = RunningSystem(urls, log_directory, **replicas)
    try:
        system.start()
        yield system
    finally:
        system.end()


@dataclass(frozen=True)
class OwnDatabase:
    """A server of the test's own, with the migrated database of all parts."""

    cluster: Cluster
    urls: DatabaseUrls

    def crash(self) -> None:
        """Crash the server as a power cut would: nothing is flushed and no client is notified."""
        self.cluster.stop("immediate")

    def start_again(self) -> None:
        self.cluster.start()


@contextmanager
def own_database() -> Iterator[OwnDatabase]:
    with (
        tempfile.TemporaryDirectory(prefix="miernik-test-", dir=roomy_memory()) as directory,
        Cluster(Path(directory) / "postgres", PARAMETERS) as cluster,
    ):
        urls = provision(cluster.url(), ROLE_PASSWORDS)
        for service, url in urls.owner.items():
            upgrade(service, url)
        yield OwnDatabase(cluster, urls)
