"""Commitments in use on the days on which they rise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from miernik_contracts.money import NO_MONEY


@dataclass(frozen=True, slots=True)
class InUse:
    """Commitments from a day on, and the part of them that the charge adds."""

    day: date
    value_pln: Decimal
    added_pln: Decimal


def find_rises(used: Decimal, later: Mapping[date, Decimal], moved: Mapping[date, Decimal]) -> list[InUse]:
    """Commitments on each day on which they rise and ``moved`` adds a part of them, the latest first.

    ``used`` are the commitments in the end, without ``moved``; ``later`` are their steps after the first day of
    ``moved``.
    """
    total, added, found = used + sum(moved.values()), sum(moved.values(), NO_MONEY), list[InUse]()
    for day in sorted({*later, *moved}, reverse=True):
        more = moved.get(day, NO_MONEY)
        step = later.get(day, NO_MONEY) + more
        if added > 0 and (more > 0 or step > 0):
            found.append(InUse(day, total, added))
        total, added = total - step, added - more
    return found
