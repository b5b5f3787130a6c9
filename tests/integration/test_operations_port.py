"""Readiness and metrics are on the operations port of a process, and nothing but its life on the public one."""

from __future__ import annotations

import socket

import httpx
import pytest
from tests.support.services.calls_service import running_calls
from tests.support.services.indicators_service import IndicatorsService

from miernik_local.ports import HOST, free_port
from miernik_local.provision import DatabaseUrls


@pytest.mark.parametrize("path", ["/ready", "/metrics", "/ready/", "/Metrics"])
async def test_the_public_port_answers_404(shared_service: IndicatorsService, path: str) -> None:
    assert (await shared_service.stranger.get(path)).status_code == 404


async def test_the_public_port_says_in_one_word_that_it_lives(shared_service: IndicatorsService) -> None:
    answer = await shared_service.stranger.get("/health")

    assert (answer.status_code, answer.text) == (200, "alive")


async def test_the_operations_port_is_served_while_the_process_lives(database: DatabaseUrls) -> None:
    port = free_port()
    async with running_calls(database, operations_port=port), httpx.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"http://{HOST}:{port}/ready")
        metrics = await client.get(f"http://{HOST}:{port}/metrics")
        api = await client.get(f"http://{HOST}:{port}/v1/calls")

    assert (ready.status_code, ready.json()) == (200, {"service": "calls", "position": 0, "failures": []})
    assert "miernik_requests" in metrics.text
    assert api.status_code == 404
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


async def test_a_process_whose_operations_port_is_taken_does_not_start(database: DatabaseUrls) -> None:
    with socket.create_server((HOST, 0)) as taken, pytest.raises(OSError, match="in use"):
        async with running_calls(database, operations_port=taken.getsockname()[1]):
            pass
