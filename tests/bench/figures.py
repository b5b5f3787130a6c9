"""Figures of a comparison: times or rates by contender and round, and the ratios between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

OURS = "miernik"


@dataclass(frozen=True)
class Spread:
    """The median of a few rounds with the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def text(self, digits: int = 2) -> str:
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}-{self.high:.{digits}f})"


@dataclass(frozen=True)
class Ratio:
    """One line of the result. `values` has one ratio a round; `target` is a lower bound, or an upper one."""

    name: str
    values: Sequence[float]
    target: float | None = None
    at_most: bool = False

    @property
    def spread(self) -> Spread:
        return Spread.of(self.values)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.spread.median <= self.target if self.at_most else self.spread.median >= self.target
        return "met" if met else "MISSED"

    @property
    def target_text(self) -> str:
        if self.target is None:
            return "printed"
        return f"{'≤' if self.at_most else '≥'} {self.target:g}"


@dataclass
class Result:
    """Result of a comparison. `figures` by contender are seconds or rates by round, in the unit that `unit` names."""

    key: str
    title: str
    unit: str
    figures: Mapping[str, Sequence[float]]
    ratios: Sequence[Ratio]
    notes: list[str] = field(default_factory=list)
    peak_mib: Mapping[str, float] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """Keeps the raw figures."""
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (directory / f"{self.key}.json").write_text(text + "\n", encoding="utf-8")


def times_as_fast(ours: Sequence[float], peer: Sequence[float]) -> list[float]:
    """From seconds: how many times as fast as the peer, round by round."""
    return [theirs / own for own, theirs in zip(ours, peer, strict=True)]


def times_the_rate(ours: Sequence[float], peer: Sequence[float]) -> list[float]:
    """From rates: how many times the peer's rate, round by round."""
    return [own / theirs for own, theirs in zip(ours, peer, strict=True)]
