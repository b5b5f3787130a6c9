"""Supervisor of a set of processes: starts them, restarts one that dies, stops all together.

Everything happens in the caller's thread, which must be the main one: on Linux a child ends with the thread that
started it, so a supervisor killed with -9 leaves none behind. Elsewhere the file `children.json` names those that a
killed supervisor left, and the next start ends them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from miernik_local.lifeline import dies_with_us
from miernik_local.private_files import read_process_notes, write_private_json

FIRST_DELAY = 0.2  # seconds before the first restart; doubles with each death
LONGEST_DELAY = 5.0
STEADY_AFTER = 30.0  # alive this long, a child is forgiven its earlier deaths
STOP_TIMEOUT = 10.0  # after SIGTERM; then SIGKILL
LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Command:
    """Command to run. `environment` is added to ours; `inherited` are file descriptors that the process keeps."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    inherited: Sequence[int] = ()


class Child:
    """One command and the process that runs it at the moment, if any."""

    def __init__(self, command: Command, log_file: Path) -> None:
        self.command = command
        self.log_file = log_file
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._delay = FIRST_DELAY
        self._started_at = 0.0
        self._start_again_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Id of the running process; None if there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process."""
        descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self._process = subprocess.Popen[bytes](
                list(self.command.arguments),
                env={**os.environ, **self.command.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.command.inherited,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone
                preexec_fn=dies_with_us(signal.SIGKILL),
            )
        self._started_at = time.monotonic()

    def look(self) -> bool:
        """Restart the process if it has died and its delay is over. Returns whether it was restarted."""
        now = time.monotonic()
        if self._process is not None:
            if self._process.poll() is not None:
                self._note_death(now)
            return False
        if self._start_again_at is None or now < self._start_again_at:
            return False
        self.start()
        self.restarts += 1
        return True

    def _note_death(self, now: float) -> None:
        if now - self._started_at >= STEADY_AFTER:
            self._delay = FIRST_DELAY
        self._process = None
        self._start_again_at = now + self._delay
        self._delay = min(self._delay * 2, LONGEST_DELAY)

    def ask_to_stop(self) -> None:
        """Send SIGTERM, and cancel a pending restart."""
        self._start_again_at = None
        if self._process is not None:
            self._process.terminate()

    def wait_until_stopped(self, deadline: float) -> None:
        """Wait for the end until `deadline`, then end the process with all that it started."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None


class Supervisor:
    """Supervisor that runs commands until it is stopped; their output goes to `<directory>/<name>.log`."""

    def __init__(self, commands: Sequence[Command], directory: Path) -> None:
        self.directory = directory
        self.children = [Child(command, directory / f"{command.name}.log") for command in commands]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all commands, after ending processes that an earlier supervisor left running."""
        self.directory.mkdir(parents=True, exist_ok=True)
        end_leftovers(self._children_file)
        try:
            for child in self.children:
                child.start()
            self._note_children()
        except BaseException:
            self.stop()
            raise

    def supervise(self, until: Callable[[], bool], beside: Callable[[], object] = lambda: None) -> None:
        """Restart processes that die until `until()` returns true. Calls it and `beside()` ten times a second."""
        while not until():
            beside()
            if any(child.look() for child in self.children):
                self._note_children()
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Ask all to stop, then end those that have not within ten seconds."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_TIMEOUT
        for child in self.children:
            child.wait_until_stopped(deadline)
        self._children_file.unlink(missing_ok=True)

    @property
    def _children_file(self) -> Path:
        return self.directory / "children.json"

    def _note_children(self) -> None:
        running = [child.pid for child in self.children if child.pid is not None]
        write_private_json(self._children_file, {str(pid): _started_at(pid) for pid in running})


def end_leftovers(children_file: Path) -> None:
    """End the processes that an earlier supervisor left running, identified by their start times."""
    for pid, started_at in read_process_notes(children_file).items():
        if started_at is not None and _started_at(int(pid)) == started_at:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(int(pid)).kill()
    children_file.unlink(missing_ok=True)


def _started_at(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None
