"""Sums signed, accepted and recommended on a day, recomputed from all events: no rollup, no SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Sums = dict[tuple[str, str], tuple[int, Decimal]]
"""Number and value by node and kind."""
NO_NODE = "00000000-0000-0000-0000-000000000000"


@dataclass
class KnownApplication:
    """Latest replicated state of an application."""

    id: str
    node: str | None
    accepted_on: date | None
    value: Decimal
    withdrawn_on: date | None
    rejected_on: date | None


@dataclass
class KnownAgreement:
    """An agreement with the values that it takes from some days on, in the order in which they were recorded."""

    id: str
    node: str
    kind: str
    application: str | None
    signed_on: date
    values: list[tuple[date, Decimal]]
    terminated_on: date | None = None
    version: int = 1
    number: str = ""

    def value_on(self, day: date) -> Decimal | None:
        """None before it was signed and from its termination on."""
        if day < self.signed_on or (self.terminated_on and day >= self.terminated_on):
            return None
        return in_force(self.values, day)


@dataclass
class Ledger:
    """All events except those of annulled agreements."""

    applications: dict[str, KnownApplication] = field(default_factory=dict[str, KnownApplication])
    agreements: list[KnownAgreement] = field(default_factory=list[KnownAgreement])
    allocations: dict[str, list[tuple[date, Decimal]]] = field(default_factory=dict[str, list[tuple[date, Decimal]]])
    """Revisions by node, in EUR."""
    rates: list[tuple[date, Decimal]] = field(default_factory=list[tuple[date, Decimal]])
    """Złote for one EUR, all of one source."""

    def allocation_pln(self, nodes: Iterable[str], day: date) -> Decimal:
        """The allocations of some nodes on a day at its rate, exact."""
        euro = sum((in_force(self.allocations[node], day) for node in nodes), Decimal(0))
        return euro * in_force(self.rates, day)

    def signed_on(self, application: str) -> date | None:
        days = [one.signed_on for one in self.agreements if one.application == application]
        return min(days, default=None)

    def may_be_signed(self, application: str, day: date) -> bool:
        """Return whether the application has no agreement in force and was not withdrawn or rejected."""
        ended = [one.terminated_on for one in self.agreements if one.application == application]
        known = self.applications.get(application)
        given_up = (known.withdrawn_on, known.rejected_on) if known else ()
        return all(end and end <= day for end in ended) and all(end is None or end > day for end in given_up)

    def on(self, day: date) -> Sums:
        """Sums by kind; kinds without data are left out."""
        sums: Sums = {}
        for agreement in self.agreements:
            if agreement.signed_on <= day:
                value = agreement.value_on(day)
                _add(sums, (agreement.node, agreement.kind), value is not None, value or Decimal(0))
        for one in self.applications.values():
            if one.accepted_on is None or one.accepted_on > day:
                continue
            _add(sums, (one.node or NO_NODE, "accepted"), True, one.value)
            ends = [end for end in (self.signed_on(one.id), one.withdrawn_on, one.rejected_on) if end is not None]
            if all(end > day for end in ends):
                _add(sums, (one.node or NO_NODE, "recommended"), True, one.value)
        return sums


def in_force(values: list[tuple[date, Decimal]], day: date) -> Decimal:
    """The latest of the values effective by a day; of two from one day, the one recorded later."""
    return max((since, number, value) for number, (since, value) in enumerate(values) if since <= day)[2]


def _add(sums: Sums, key: tuple[str, str], counts: bool, value: Decimal) -> None:
    """Add one item; one that does not count still marks its kind as known."""
    number, total = sums.get(key, (0, Decimal(0)))
    sums[key] = (number + counts, total + value)
