"""`miernik demo-reset`: stops a running demo and deletes all its data."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

from miernik_local.demo_state import DEMO_DIRECTORY
from miernik_local.postmaster import end_orphan
from miernik_local.private_files import read_process_notes
from miernik_local.supervisor import end_leftovers

STOP_TIMEOUT = 60.0  # seconds: services get 10, PostgreSQL 30


def reset_demo(directory: Path = DEMO_DIRECTORY) -> bool:
    """Delete the demo; return whether there was one. Raises psutil.TimeoutExpired if a running demo does not stop."""
    if not directory.exists():
        return False
    _stop_launcher(directory / "launcher.json")
    end_leftovers(directory / "logs" / "children.json")
    end_orphan(directory / "postgres" / "data")
    shutil.rmtree(directory)
    return True


def _stop_launcher(note: Path) -> None:
    noted = read_process_notes(note)
    if not noted:
        return
    try:
        launcher = psutil.Process(noted["pid"])
        if launcher.create_time() == noted["started_at"]:
            launcher.terminate()
            launcher.wait(STOP_TIMEOUT)
    except psutil.NoSuchProcess:
        return
