"""`miernik demo` as a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

STOP_SECONDS = 120.0


class Demo:
    """`miernik demo` as a process of its own, with what it has printed so far."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self._output = directory.with_name(f"demo-{time.monotonic_ns()}.txt")
        command = [sys.executable, "-m", "miernik_local", "demo", "--state", str(directory), "--port", str(port)]
        with self._output.open("wb") as output:
            self.process = psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    @property
    def printed(self) -> str:
        return self._output.read_text()

    def wait_for_greeting(self, seconds: float) -> float:
        """Seconds until the last line of the greeting was there."""
        begin = time.monotonic()
        eventually(lambda: "known_at=" in self.printed or self.process.poll() is not None, seconds)
        assert self.process.poll() is None, self.printed
        return time.monotonic() - begin

    @property
    def requests(self) -> list[str]:
        """The greeting's requests; the file in the second one takes several lines."""
        return re.findall(r"^curl .*?(?=^curl |^$)", self.printed, re.MULTILINE | re.DOTALL)

    def interrupt(self) -> list[psutil.Process]:
        """Presses Ctrl-C; the processes that were running until then."""
        family = [self.process, *self.process.children(recursive=True)]
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        return family


def eventually(holds: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def demo(directory: Path, port: int) -> Iterator[Demo]:
    running = Demo(directory, port)
    try:
        yield running
    finally:
        # Its services and its server end with it: that is what the launcher promises even for a kill.
        with suppress(psutil.NoSuchProcess):
            running.process.kill()
        running.process.wait(STOP_SECONDS)


def pasted(request: str) -> Any:
    """The answer to a request, run by a shell as it stands."""
    done = subprocess.run(["sh", "-c", request], capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)
