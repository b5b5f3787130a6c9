"""Conversion of termination signals into one exception, so that `with` blocks close everything in order."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Request to stop: Ctrl-C, a closed terminal or SIGTERM. Not an error, so not an Exception."""


@contextmanager
def stop_on_signals() -> Generator[None]:
    """Within the block the first such signal raises StopRequested; further ones do not disturb the closing."""
    before = {number: signal.signal(number, _request_stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _request_stop(number: int, frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise StopRequested(signal.Signals(number).name)
