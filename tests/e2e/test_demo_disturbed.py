"""A demo that is disturbed: Ctrl-C at every stage of its first start, a stranger at its port, PostgreSQL killed."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.support.services.demo_process import Demo, demo, eventually, pasted

from miernik_local.ports import HOST, free_port
from miernik_local.postmaster import postmaster_lines

START_SECONDS = 200.0

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the demo's requests are lines for curl")

# Each stage is recognised by what it leaves, so that the test is the same on a slow machine.
STAGES: tuple[Callable[[Demo], bool], ...] = (
    lambda demo: True,
    lambda demo: (demo.directory / "postgres/data.new").exists(),
    lambda demo: "PostgreSQL is up" in demo.printed,
    lambda demo: "is taken" in demo.printed,
    lambda demo: "Registering units" in demo.printed,
)


@pytest.mark.timeout(600)
def test_demo_goes_on_after_each_disturbance(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    with socket.socket() as stranger:
        stranger.bind((HOST, free_port()))
        stranger.listen()
        port = stranger.getsockname()[1]

        for stage in STAGES:
            assert_interrupted(directory, port, stage)

        with demo(directory, port) as running:
            running.wait_for_greeting(START_SECONDS)
            assert f"port {port} is taken, gateway listens on" in running.printed
            before = pasted(running.requests[0])
            kill_postgres(directory, running)
            assert pasted(running.requests[0]) == before
            running.interrupt()
        assert_nobody_called(stranger)


def assert_interrupted(directory: Path, port: int, stage: Callable[[Demo], bool]) -> None:
    state = directory / "state.json"
    before = state.stat().st_mtime_ns if state.exists() else 0
    with demo(directory, port) as running:
        # Written at each start, once Ctrl-C has a meaning of its own.
        eventually(lambda: state.exists() and state.stat().st_mtime_ns > before, START_SECONDS)
        eventually(lambda: stage(running) or running.process.poll() is not None, START_SECONDS)
        family = running.interrupt()
    # Programs that initdb started end by themselves a moment after it.
    eventually(lambda: not any(is_alive(process) for process in family), START_SECONDS)
    assert "Traceback" not in running.printed
    assert "Stopped." in running.printed


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_postgres(directory: Path, running: Demo) -> None:
    """End the server as a crash would and wait until the demo has started it again and its services reach it."""
    psutil.Process(int(postmaster_lines(directory / "postgres/data")[0])).kill()
    said = "PostgreSQL is up again."
    eventually(lambda: said in running.printed or running.process.poll() is not None, START_SECONDS)
    assert said in running.printed, running.printed
    eventually(lambda: "sections" in pasted(running.requests[0]), START_SECONDS)


def assert_nobody_called(stranger: socket.socket) -> None:
    """No service token and no key went to the server that had the port before."""
    stranger.setblocking(False)
    with pytest.raises(BlockingIOError):
        stranger.accept()
