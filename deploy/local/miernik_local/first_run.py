"""Steps between the start of the parts and the demo's greeting: readiness, clients, the sample region."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import httpx
from rich.progress import Progress

from miernik_local.demo_clients import (
    ANALYST_SCOPES,
    GMINA_SCOPES,
    INTEGRATOR_SCOPES,
    OFFICER_SCOPES,
    create_client,
)
from miernik_local.demo_state import DemoState, SampleRegion
from miernik_local.processes import operations_port, part_url
from miernik_local.provision import SERVICES

READY_TIMEOUT = 60.0  # seconds


class NotReady(RuntimeError):
    """A part did not become usable in time."""


@dataclass(frozen=True)
class RunningParts:
    """Ports of the parts, and the gateway's environment for its operations."""

    ports: Mapping[str, int]
    gateway_environment: Mapping[str, str]

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return part_url(self.ports, "gateway")


def complete_first_run(parts: RunningParts, state: DemoState, progress: Progress) -> SampleRegion:
    """Wait for the parts, then do what is still missing. Later starts find everything done.

    Raises NotReady and OperationFailed, and whatever the loader raises.
    """
    wait_until_ready(parts.ports, progress)
    environment = parts.gateway_environment
    officer_key = _client_key(state, environment, "officer", OFFICER_SCOPES)
    _client_key(state, environment, "analyst", ANALYST_SCOPES)
    _client_key(state, environment, "integrator", INTEGRATOR_SCOPES)
    if state.region is None:
        state.region = _load(parts.gateway_url, officer_key, progress)
        state.write()
    _client_key(state, environment, "gmina", GMINA_SCOPES, [state.region.gmina_unit_id])
    return state.region


def wait_until_ready(ports: Mapping[str, int], progress: Progress, parts: Collection[str] = SERVICES) -> None:
    """Wait until every part listens and reports that it is ready. Raises NotReady after a minute."""
    task = progress.add_task("Starting the services", total=len(parts))
    waiting = set(parts)
    deadline = time.monotonic() + READY_TIMEOUT
    with httpx.Client(timeout=2.0, trust_env=False) as client:
        while waiting:
            for part in [part for part in parts if part in waiting and _is_ready(client, ports, part)]:
                waiting.remove(part)
                progress.advance(task)
            if waiting and time.monotonic() > deadline:
                raise NotReady(f"not ready after {READY_TIMEOUT:.0f} s: {', '.join(sorted(waiting))}")
            time.sleep(0.05)


def _is_ready(client: httpx.Client, ports: Mapping[str, int], part: str) -> bool:
    try:
        ready = client.get(f"{part_url(ports, operations_port(part))}/ready").is_success
        # The operations port is open first, a moment before the part's own.
        return ready and client.get(f"{part_url(ports, part)}/health").is_success
    except httpx.HTTPError:
        return False


def _client_key(
    state: DemoState, environment: Mapping[str, str], name: str, scopes: Sequence[str], units: Sequence[str] = ()
) -> str:
    """Key of a client, created and stored at the first call, since the gateway returns a key only once."""
    if name not in state.client_keys:
        answer = create_client(environment, f"demo-{name}", scopes, units)
        state.client_keys[name] = json.loads(answer)["key"]
        state.write()
    return state.client_keys[name]


def _load(gateway_url: str, officer_key: str, progress: Progress) -> SampleRegion:
    # Imported here: only a first run needs it, and it brings the region's data with it.
    from miernik_local.demo_region.load import load_region

    loaded = load_region(gateway_url, officer_key, progress)
    return SampleRegion(str(loaded.gmina_unit_id), loaded.sample_curl_query, loaded.sample_curl_body)
