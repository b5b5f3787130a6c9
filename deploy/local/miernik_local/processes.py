"""Processes of Miernik: the parts (each service and the gateway) and the one-shot operations of a service."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from miernik_local.keys import SigningKeys
from miernik_local.ports import HOST
from miernik_local.provision import SERVICES, DatabaseUrls
from miernik_local.supervisor import Command

# The gateway has the address that people type; the services take the ports after it. Each part's readiness and metrics
# have another one.
PREFERRED_PORTS = {
    "gateway": 8080,
    "calls": 8081,
    "contracts": 8082,
    "indicators": 8083,
    "gateway operations": 8090,
    "calls operations": 8091,
    "contracts operations": 8092,
    "indicators operations": 8093,
}
STOP_SECONDS = 5  # for requests under way; a long poll that somebody still waits for is cut off then
HOME_VOIVODESHIP = "04"  # kujawsko-pomorskie, the sample region


class OperationFailed(RuntimeError):
    """An operation of a service ended with an error; the message contains its output."""


def part_url(ports: Mapping[str, int], part: str) -> str:
    """Return the base URL of a part, such as ``http://127.0.0.1:8081``."""
    return f"http://{HOST}:{ports[part]}"


def operations_port(part: str) -> str:
    """Return the name of a part's operations port, which has `/ready` and `/metrics`."""
    return f"{part} operations"


def part_environment(part: str, urls: DatabaseUrls, keys: SigningKeys, ports: Mapping[str, int]) -> dict[str, str]:
    """Return the environment variables of the process of a part."""
    addresses = {
        f"MIERNIK_{other.upper()}_URL": part_url(ports, other) for other in ("calls", "contracts", "indicators")
    }
    return {
        "MIERNIK_DATABASE_URL": urls.app[part],
        "MIERNIK_SIGNING_KEY": keys.private[part],
        "MIERNIK_TRUSTED_KEYS": keys.trusted,
        "MIERNIK_HOME_VOIVODESHIP": HOME_VOIVODESHIP,
        "MIERNIK_OPERATIONS_PORT": str(ports[operations_port(part)]),
        **addresses,
    }


def part_commands(urls: DatabaseUrls, keys: SigningKeys, listeners: Mapping[str, socket.socket]) -> list[Command]:
    """Return the command of each part's process, for the supervisor. The gateway comes last: it needs the others.

    `listeners` are the sockets by the names of PREFERRED_PORTS; each process inherits its two.
    """
    return [_part_command(part, urls, keys, listeners) for part in SERVICES]


def _part_command(part: str, urls: DatabaseUrls, keys: SigningKeys, listeners: Mapping[str, socket.socket]) -> Command:
    public, operations = (listeners[name].fileno() for name in (part, operations_port(part)))
    environment = part_environment(part, urls, keys, ports_of(listeners))
    environment["MIERNIK_OPERATIONS_SOCKET"] = str(operations)
    return Command(part, server_arguments(part, ["--fd", str(public)]), environment, inherited=(public, operations))


def ports_of(listeners: Mapping[str, socket.socket]) -> dict[str, int]:
    """Return the port of each socket."""
    return {part: listener.getsockname()[1] for part, listener in listeners.items()}


def server_arguments(part: str, listen: Sequence[str]) -> list[str]:
    """Return the command line of a part's process; `listen` are uvicorn's options for the address."""
    arguments = [sys.executable, "-m", "uvicorn", "--factory", f"miernik_{part}.app:create_app", *listen]
    arguments += ["--timeout-graceful-shutdown", str(STOP_SECONDS)]
    return [*arguments, "--no-access-log", "--log-level", "warning"]


def listen_on_port(port: int) -> list[str]:
    """Return uvicorn's options for a port of the loopback address."""
    return ["--host", HOST, "--port", str(port)]


def migrate(service: str, owner_url: str) -> None:
    """Bring a service's schema to its newest version. Raises OperationFailed."""
    run_operation(service, ["migrate"], {"MIERNIK_MIGRATION_DATABASE_URL": owner_url})


def run_operation(service: str, arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run `python -m miernik_<service> …` and return its standard output. Raises OperationFailed."""
    done = subprocess.run(
        [sys.executable, "-m", f"miernik_{service}", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-4000:]
        raise OperationFailed(f"miernik_{service} {arguments[0]} failed (exit {done.returncode}):\n{said}")
    return done.stdout
