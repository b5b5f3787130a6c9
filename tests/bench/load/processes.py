"""Starting load generators beside the bench, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


def run_load(name: str, order: dict[str, Any]) -> dict[str, Any]:
    """Runs a generator to its end and returns what it found. Raises RuntimeError when it failed."""
    started = start_load(name)
    return _result(started, started.communicate(json.dumps(order)))


def start_load(name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.bench.load.{name}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@dataclass
class Background:
    """Result of a generator in the background, available once its block has ended."""

    found: dict[str, Any] = field(default_factory=dict)


@contextmanager
def running_load(name: str, order: dict[str, Any], *, says_ready: bool = False) -> Generator[Background]:
    """A generator that works until the end of the block. One that `says_ready` does so in its first line."""
    started, background = start_load(name), Background()
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(json.dumps(order) + "\n")
    started.stdin.flush()
    if says_ready:
        started.stdout.readline()
    try:
        yield background
    finally:
        said = started.communicate()
    background.found = _result(started, said)


def _result(started: subprocess.Popen[str], said: tuple[str, str]) -> dict[str, Any]:
    if started.returncode:
        raise RuntimeError(f"a load generator failed:\n{said[1][-2000:]}")
    return json.loads(said[0])
