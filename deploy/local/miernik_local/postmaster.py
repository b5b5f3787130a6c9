"""The process of a PostgreSQL server: which one serves a data directory, and how it is stopped."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Literal

import psutil

STOP_TIMEOUT = 30.0  # seconds

StopMode = Literal["fast", "immediate"]
STOP_SIGNALS: dict[StopMode, signal.Signals] = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


def end_orphan(data: Path) -> None:
    """End a server that outlived its launcher, and drop a file that names a process which is not that server.

    The caller holds the cluster's lock, so nobody uses that server. The file is dropped because process ids come round
    again: PostgreSQL refuses to start when an unrelated process carries the one it finds.
    """
    lines = postmaster_lines(data)
    if not lines:
        return
    if _serves(int(lines[0]), data):
        stop_process(int(lines[0]), "fast")
    (data / "postmaster.pid").unlink(missing_ok=True)


def stop_process(pid: int, mode: StopMode) -> None:
    """Stop a server; after a time-out stop it immediately, at the cost of recovery at the next start."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    try:
        process.send_signal(STOP_SIGNALS[mode])
        process.wait(STOP_TIMEOUT)
    except psutil.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(STOP_TIMEOUT)
    except psutil.NoSuchProcess:
        return


def postmaster_lines(data: Path) -> list[str]:
    """Lines of the server's `postmaster.pid`: process id first, state in the eighth line."""
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _serves(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return str(data) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:  # it ended, or it is somebody else's and hides its arguments
        return False
