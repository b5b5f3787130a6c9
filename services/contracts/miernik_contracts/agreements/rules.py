"""What an agreement is worth, from its versions alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from miernik_contracts.money import NO_MONEY
from miernik_contracts.progress.rollup import Step

Action = Literal["signed", "corrected", "amended", "terminated", "annulled"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One version: from ``effective_on`` the agreement is worth ``value_pln``, or nothing once terminated. One that is
    annulled was never worth anything."""

    version: int
    action: Action
    effective_on: date
    value_pln: Decimal


def _in_order(moment: Moment) -> tuple[date, bool, int]:
    """Day, then what is said of the signing before what changed it, then the later one. A signing that is corrected
    after an amendment of its own day leaves the amendment."""
    return moment.effective_on, moment.action in ("amended", "terminated"), moment.version


def steps(moments: Sequence[Moment]) -> dict[date, Step]:
    """By how much number and value move on each day. Of two versions of one day the later one holds; what would take
    effect after the termination never does. Of an annulled agreement nothing is left."""
    if is_annulled(moments):
        return {}
    by_day: dict[date, Moment] = {}
    for moment in sorted(moments, key=_in_order):
        by_day[moment.effective_on] = moment
    ended = terminated_on(moments)
    number, value, moved = 0, NO_MONEY, dict[date, Step]()
    for day, moment in by_day.items():
        if ended is not None and day > ended:
            break
        counts = day != ended
        new_number, new_value = (1, moment.value_pln) if counts else (0, NO_MONEY)
        moved[day] = Step(new_number - number, new_value - value)
        number, value = new_number, new_value
    return moved


def terminated_on(moments: Sequence[Moment]) -> date | None:
    """The day from which the agreement counts no more."""
    return next((moment.effective_on for moment in moments if moment.action == "terminated"), None)


def is_annulled(moments: Sequence[Moment]) -> bool:
    """Whether the record was made in error."""
    return any(moment.action == "annulled" for moment in moments)


def last_value(moments: Sequence[Moment]) -> Decimal:
    """What the agreement is or, if terminated or annulled, was last worth."""
    ended = terminated_on(moments)
    counting = [
        moment
        for moment in moments
        if moment.action not in ("terminated", "annulled") and (ended is None or moment.effective_on <= ended)
    ]
    return max(counting, key=_in_order).value_pln
