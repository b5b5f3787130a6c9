"""Reference computation of the report from all returns sent, slow and plain, to compare the service with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Key = tuple[str, str]
"""Unit that sends, and period or span: the return."""
Cell = tuple[str, str, str, date]
"""Unit that it is about, indicator, part (empty for the whole), last day of the period."""
Rows = Mapping[Cell, Decimal | None]


@dataclass(frozen=True)
class Definition:
    """A series of an indicator from a day on, and the aggregation of its periods."""

    series: int
    aggregation: str
    valid_from: date
    position: int


@dataclass(frozen=True)
class Accepted:
    """An accepted version of a return; the series of its values are those of the moment it was sent."""

    position: int
    rows: Rows
    series: Mapping[Cell, int]


@dataclass(frozen=True)
class Figure:
    """Members of a row of the report that are computed from returns."""

    achieved: Decimal | None
    reported: int
    missing: int
    last_period_end: date | None


@dataclass(frozen=True)
class Counts:
    """Numbers of units in a row of the report: of those that owe and of those that gave."""

    period: str | None
    owing: int | None
    given: int
    given_for_period: int
    complete: bool


@dataclass
class Obligations:
    """Calendar, active days of the units, lists of owing units and the word of the form on them, each by position."""

    calendar: Mapping[str, tuple[date, date]]
    """First and last day by opened period."""
    active: dict[str, list[tuple[int, date, date | None]]]
    lists: dict[str, list[tuple[int, frozenset[str]]]] = field(default_factory=lambda: defaultdict(list))
    owed_by: list[tuple[int, str]] = field(default_factory=lambda: [(0, "all_units")])

    def owing(self, period: str, position: int) -> frozenset[str] | None:
        """Units that owe the return of a period that has ended; None where that is not known."""
        active = self.active_units(period, position)
        if [word for known, word in self.owed_by if known <= position][-1] == "all_units":
            return active
        listed = [units for known, units in self.lists[period] if known <= position]
        return listed[-1] & active if listed else None

    def active_units(self, period: str, position: int | None = None) -> frozenset[str]:
        """Units that are active on a day of the period; those known now without a position."""
        first, last = self.calendar[period]
        return frozenset(
            unit
            for unit, states in self.active.items()
            for _, start, end in [[one for one in states if position is None or one[0] <= position][-1]]
            if start <= last and (end is None or end >= first)
        )


@dataclass
class ReturnModel:
    """All accepted returns and definitions."""

    definitions: dict[str, list[Definition]]
    territory: dict[str, str]
    """Code of the gmina by unit."""
    obligations: Obligations
    returns: dict[Key, list[Accepted]] = field(default_factory=lambda: defaultdict(list))

    def version(self, key: Key) -> int:
        return len(self.returns[key]) if key in self.returns else 0

    def is_free(self, key: Key, cells: Iterable[Cell]) -> bool:
        """Return whether no other return reports one of the units for one of the periods."""
        taken = {
            (cell[0], cell[3])
            for other, versions in self.returns.items()
            if other != key and versions
            for cell in versions[-1].rows
        }
        return not {(cell[0], cell[3]) for cell in cells} & taken

    def is_accepted(self, key: Key, cells: Iterable[Cell]) -> bool:
        """Return whether the service must take a return: its units are active in its periods, and free."""
        active = {
            last: self.obligations.active_units(period) for period, (_, last) in self.obligations.calendar.items()
        }
        return all(unit in active[day] for unit, _, _, day in cells) and self.is_free(key, cells)

    def accept(self, key: Key, rows: Rows, position: int) -> None:
        series = {cell: self._definition(cell[1], cell[3]).series for cell in rows}
        self.returns[key].append(Accepted(position, rows, series))

    def redefine(self, indicator: str, aggregation: str, valid_from: date, position: int) -> None:
        series = 1 + max(one.series for versions in self.definitions.values() for one in versions)
        self.definitions[indicator].append(Definition(series, aggregation, valid_from, position))

    def figure(self, indicator: str, part: str, territory: str, as_of: date, position: int) -> Figure:
        """The figure for a territory on a day, as known at a position of the log."""
        definition = self._definition(indicator, as_of, position)
        histories: dict[str, list[tuple[date, Decimal | None]]] = defaultdict(list)
        for accepted in self._counted(position):
            for (unit, code, breakdown, day), value in accepted.rows.items():
                same = (code, breakdown, accepted.series[unit, code, breakdown, day]) == (
                    indicator, part, definition.series,
                )  # fmt: skip
                if same and day <= as_of and (territory == "PL" or self.territory[unit].startswith(territory)):
                    histories[unit].append((day, value))
        return _total(definition.aggregation, list(histories.values()))

    def counts(self, indicator: str, part: str, territory: str, as_of: date, position: int) -> Counts:
        """Numbers of units of the figure for a territory on a day, as known at a position of the log."""
        definition = self._definition(indicator, as_of, position)
        first_series = definition.series == self.definitions[indicator][0].series
        ended = {
            period: last
            for period, (_, last) in self.obligations.calendar.items()
            if last <= as_of and (first_series or last >= definition.valid_from)
        }
        given, returned = self._givers(indicator, definition, territory, position)
        periods = sorted(ended, key=lambda period: ended[period])
        owing = {period: self._within(self.obligations.owing(period, position), territory) for period in periods}
        gave = {period: len((owing[period] or frozenset()) & given[ended[period]]) for period in periods}
        reported = {unit for day in ended.values() for unit in returned[day]}
        if not periods:
            return Counts(None, None, len(reported), 0, complete=False)
        short = [period for period in periods if owing[period] is None or gave[period] < len(owing[period] or ())]
        newest = periods[-1]
        gaps = self.figure(indicator, part, territory, as_of, position).missing
        whole = newest not in short if definition.aggregation == "last" else not short
        owed = owing[newest]
        return Counts(
            newest,
            None if owed is None else len(owed),
            len(reported),
            gave[newest],
            complete=owed is not None and whole and not gaps,
        )

    def _givers(
        self, indicator: str, definition: Definition, territory: str, position: int
    ) -> tuple[dict[date, set[str]], dict[date, set[str]]]:
        """Units that gave the whole of an indicator, and units with any figure, by last day of the period."""
        given: dict[date, set[str]] = defaultdict(set)
        returned: dict[date, set[str]] = defaultdict(set)
        for accepted in self._counted(position):
            for cell, value in accepted.rows.items():
                unit, code, breakdown, day = cell
                if not (territory == "PL" or self.territory[unit].startswith(territory)):
                    continue
                returned[day].add(unit)
                if (code, breakdown, accepted.series[cell]) == (indicator, "", definition.series) and value is not None:
                    given[day].add(unit)
        return given, returned

    def _within(self, units: frozenset[str] | None, territory: str) -> frozenset[str] | None:
        if units is None:
            return None
        return frozenset(unit for unit in units if territory == "PL" or self.territory[unit].startswith(territory))

    def _counted(self, position: int) -> list[Accepted]:
        known = [[one for one in versions if one.position <= position] for versions in self.returns.values()]
        return [versions[-1] for versions in known if versions]

    def _definition(self, indicator: str, day: date, position: int | None = None) -> Definition:
        past = [
            one
            for one in self.definitions[indicator]
            if one.valid_from <= day and (position is None or one.position <= position)
        ]
        return past[-1]


def _total(aggregation: str, histories: list[list[tuple[date, Decimal | None]]]) -> Figure:
    states: list[Decimal | None] = []
    for history in histories:
        values = [value for _, value in sorted(history, key=lambda one: one[0])]
        given = [value for value in values if value is not None]
        if aggregation == "sum":
            states += values
        elif aggregation == "last":
            states.append(values[-1])
        else:
            states.append(max(given, default=None))
    counted = [state for state in states if state is not None]
    ends = [day for history in histories for day, value in history if value is not None]
    achieved = sum(counted, Decimal(0)) if counted else None
    return Figure(achieved, len(counted), len(states) - len(counted), max(ends, default=None))
