"""Interleaved rounds: A B A B …, so that whatever the machine does meanwhile falls on all contenders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Contender = Callable[[], float]
"""Does its work once and returns its figure: seconds or a rate."""


def interleaved(rounds: int, contenders: Mapping[str, Contender]) -> dict[str, list[float]]:
    """The figures of each contender, one a round."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            figures[name].append(work())
    return figures


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock duration of a call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
