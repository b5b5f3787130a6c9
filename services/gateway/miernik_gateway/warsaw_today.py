"""Current calendar day in Warsaw, without a time zone conversion at every read."""

from datetime import UTC, date, datetime, time, timedelta

from miernik_shared.values.as_of import WARSAW, Clock, warsaw_day


class WarsawToday:
    """Cache of the current day, valid until midnight in Warsaw."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = date.min
        self._from = self._until = datetime.min.replace(tzinfo=UTC)

    def day(self) -> date:
        """Return today's date in Warsaw."""
        now = self._clock.now()
        if not self._from <= now < self._until:
            self._day = warsaw_day(now)
            self._from = _midnight(self._day)
            self._until = _midnight(self._day + timedelta(days=1))
        return self._day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), WARSAW).astimezone(UTC)
