"""Conversion of termination signals into one exception, so that `with` blocks close everything in order."""

from __future__ import annotations

import signal
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Request to stop: Ctrl-C, a closed terminal or SIGTERM. Not an error, so not an Exception."""


@contextmanager
def stop_on_signals() -> Generator[None]:
    """Within the block the first such signal raises StopRequested; further ones do not disturb the closing.

    Nor the end of the process after it: once a stop was requested, the signals stay ignored.
    """
    before = {number: signal.signal(number, _request_stop) for number in SIGNALS}
    try:
        yield
    except StopRequested:
        raise
    except BaseException:
        _restore(before)
        raise
    else:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _request_stop(number: int, frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise StopRequested(signal.Signals(number).name)
