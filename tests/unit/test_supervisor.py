"""The supervisor: a child that dies comes back, stopping leaves none, nor does killing the supervisor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from miernik_local import supervisor as supervisor_module
from miernik_local.supervisor import Command, Supervisor, end_leftovers

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
]


def eventually(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def child_pids(supervisor: Supervisor) -> list[int]:
    return [child.pid for child in supervisor.children if child.pid is not None]


def within(seconds: float, condition: Callable[[], bool]) -> Callable[[], bool]:
    deadline = time.monotonic() + seconds
    return lambda: condition() or time.monotonic() > deadline


def test_a_child_that_dies_comes_back(tmp_path: Path) -> None:
    with Supervisor([Command("one", SLEEPER, {}), Command("two", SLEEPER, {})], tmp_path) as supervisor:
        first, second = child_pids(supervisor)
        os.kill(first, signal.SIGKILL)
        supervisor.supervise(within(120, lambda: supervisor.children[0].restarts == 1))
        assert supervisor.children[0].pid not in (None, first)
        assert supervisor.children[1].pid == second
        assert supervisor.children[1].restarts == 0


def test_a_child_that_keeps_dying_is_started_ever_more_rarely(tmp_path: Path) -> None:
    failing = [sys.executable, "-S", "-E", "-c", "raise SystemExit(3)"]
    with Supervisor([Command("failing", failing, {})], tmp_path) as supervisor:
        begin = time.monotonic()
        supervisor.supervise(within(120, lambda: supervisor.children[0].restarts == 3))
        # Delays of 0.2, 0.4 and 0.8 seconds: a busy machine takes longer, none can be faster.
        assert supervisor.children[0].restarts == 3
        assert time.monotonic() - begin >= 1.4


def test_output_and_environment_go_where_they_should(tmp_path: Path) -> None:
    speaker = [sys.executable, "-c", "import os, sys; print(os.environ['WORD']); print('err', file=sys.stderr)"]
    with Supervisor([Command("speaker", speaker, {"WORD": "zażółć"})], tmp_path):
        log = tmp_path / "speaker.log"
        assert eventually(lambda: "err" in log.read_text() and "zażółć" in log.read_text())
    assert log.stat().st_mode & 0o777 == 0o600


def test_stop_leaves_none(tmp_path: Path) -> None:
    supervisor = Supervisor([Command(name, SLEEPER, {}) for name in ("one", "two", "three")], tmp_path)
    supervisor.start()
    pids = child_pids(supervisor)
    supervisor.stop()
    assert len(pids) == 3
    assert not any(is_alive(pid) for pid in pids)
    assert not (tmp_path / "children.json").exists()


def test_a_child_that_does_not_heed_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_TIMEOUT", 0.3)
    with Supervisor([Command("deaf", DEAF, {})], tmp_path) as supervisor:
        assert eventually(lambda: "up" in (tmp_path / "deaf.log").read_text())
        (pid,) = child_pids(supervisor)
    assert not is_alive(pid)


def test_a_command_that_cannot_start_takes_the_others_down(tmp_path: Path) -> None:
    commands = [Command("good", SLEEPER, {}), Command("missing", [str(tmp_path / "no-such-program")], {})]
    supervisor = Supervisor(commands, tmp_path)
    with pytest.raises(FileNotFoundError):
        supervisor.start()
    assert child_pids(supervisor) == []


def test_leftovers_are_ended_and_strangers_spared(tmp_path: Path) -> None:
    leftover, stranger = subprocess.Popen(SLEEPER), subprocess.Popen(SLEEPER)
    note = tmp_path / "children.json"
    started = psutil.Process(leftover.pid).create_time()
    note.write_text(json.dumps({str(leftover.pid): started, str(stranger.pid): started - 1000}))
    end_leftovers(note)
    try:
        assert leftover.wait(120) == -signal.SIGKILL
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start ends what was left")
def test_a_killed_supervisor_leaves_no_child(tmp_path: Path) -> None:
    script = (
        "import json, sys; from pathlib import Path; from miernik_local.supervisor import Command, Supervisor\n"
        "supervisor = Supervisor([Command(n, json.loads(sys.argv[2]), {}) for n in 'ab'], Path(sys.argv[1]))\n"
        "supervisor.start(); print(*[child.pid for child in supervisor.children], flush=True)\n"
        "supervisor.supervise(lambda: False)"
    )
    command = [sys.executable, "-c", script, str(tmp_path), json.dumps(SLEEPER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) == 2
        assert all(is_alive(pid) for pid in pids)
        process.kill()
    assert eventually(lambda: not any(is_alive(pid) for pid in pids))
