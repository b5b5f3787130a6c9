"""Circuit breaker: after repeated time-outs, fail fast instead of making every reader wait.

After a few time-outs of one kind of request, requests of that kind fail at once for some seconds; then a single trial
request decides whether the circuit closes. Only time-outs count: a refused connection costs nothing, and trying again
is how its end is noticed.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import httpx
from prometheus_client import Gauge

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 5.0
_OPEN = Gauge("miernik_breaker_open", "Whether the circuit of a kind of request is open", ["service", "question"])


class CircuitOpenError(Exception):
    """Request that was not sent because the circuit is open."""


class CircuitBreaker:
    """Circuit breaker for one kind of request to one service."""

    def __init__(self, service: str, request: str, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._state = _OPEN.labels(service, request)
        self._state.set(0)
        self._timeouts = 0
        self._open_until = 0.0
        self._trying = False

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Wrap one request. Raises ``CircuitOpenError`` without sending it; other exceptions pass through."""
        trial = self._timeouts >= FAILURES_TO_OPEN
        if trial and (self._trying or self._now() < self._open_until):
            raise CircuitOpenError
        self._trying = self._trying or trial
        try:
            yield
            self._close()
        except (TimeoutError, httpx.TimeoutException):
            self._count_timeout()
            raise
        finally:
            if trial:
                self._trying = False

    def _close(self) -> None:
        self._timeouts = 0
        self._state.set(0)

    def _count_timeout(self) -> None:
        self._timeouts += 1
        if self._timeouts >= FAILURES_TO_OPEN:
            self._open_until = self._now() + OPEN_SECONDS
            self._state.set(1)
