"""Instants and Warsaw days. `now` is always an argument that comes from a `Clock`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")


class Clock(Protocol):
    """Source of the current instant."""

    def now(self) -> datetime:
        """Current instant, aware and in UTC."""
        ...


class SystemClock:
    """Clock of the machine."""

    def now(self) -> datetime:
        """Current instant, aware and in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Clock stopped at `instant`. Raises `ValueError` for an instant without a time zone."""

    instant: datetime

    def __post_init__(self) -> None:
        _refuse_naive(self.instant)

    def now(self) -> datetime:
        """Fixed instant, in UTC."""
        return self.instant.astimezone(UTC)


def warsaw_day(instant: datetime) -> date:
    """Calendar day in Warsaw at `instant`. Raises `ValueError` for an instant without a time zone."""
    _refuse_naive(instant)
    return instant.astimezone(WARSAW).date()


def _refuse_naive(instant: datetime) -> None:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} names no time zone")
