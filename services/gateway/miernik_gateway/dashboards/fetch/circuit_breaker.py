"""A service that takes questions and never answers must not cost every reader the whole patience of the gateway.

After a few questions of one kind that were waited for in vain, no more are asked for some seconds; then one is, and its
outcome decides. Only waiting counts: a refused connection costs nothing, and asking on is how its end is noticed.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import httpx
from prometheus_client import Gauge

FAILURES_TO_OPEN = 3
REST_SECONDS = 5.0
_OPEN = Gauge("miernik_breaker_open", "Whether a kind of question is not asked for now", ["service", "question"])


class NotAskedError(Exception):
    """The service left the last questions of this kind unanswered, and was not asked again."""


class Breaker:
    """Judges by the outcomes whether to ask a service one kind of question."""

    def __init__(self, service: str, question: str, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._state = _OPEN.labels(service, question)
        self._state.set(0)
        self._unanswered = 0
        self._rests_until = 0.0
        self._trying = False

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Around one question. Raises :class:`NotAskedError` instead of asking; what else is raised inside passes."""
        trial = self._unanswered >= FAILURES_TO_OPEN
        if trial and (self._trying or self._now() < self._rests_until):
            raise NotAskedError
        self._trying = self._trying or trial
        try:
            yield
            self._answered()
        except (TimeoutError, httpx.TimeoutException):
            self._left_unanswered()
            raise
        finally:
            if trial:
                self._trying = False

    def _answered(self) -> None:
        self._unanswered = 0
        self._state.set(0)

    def _left_unanswered(self) -> None:
        self._unanswered += 1
        if self._unanswered >= FAILURES_TO_OPEN:
            self._rests_until = self._now() + REST_SECONDS
            self._state.set(1)
