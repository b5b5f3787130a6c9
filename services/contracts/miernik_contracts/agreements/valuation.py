"""Value of an agreement by day, from its versions alone."""

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
    """One version: ``value_pln`` is in force from ``effective_on``; a termination sets the value to zero from then on.

    An annulled agreement never had a value.
    """

    version: int
    action: Action
    effective_on: date
    value_pln: Decimal


def _in_order(moment: Moment) -> tuple[date, bool, int]:
    """Sort key: by day, versions of the signing before changes of it, then by version.

    So a correction of the signing leaves an amendment of the same day in force.
    """
    return moment.effective_on, moment.action in ("amended", "terminated"), moment.version


def steps(moments: Sequence[Moment]) -> dict[date, Step]:
    """Steps of number and value by day; empty for an annulled agreement.

    Of two versions of one day the later one is in force; an amendment from a day after the termination never takes
    effect.
    """
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
    """Day from which the agreement no longer counts; None if it was not terminated."""
    return next((moment.effective_on for moment in moments if moment.action == "terminated"), None)


def is_annulled(moments: Sequence[Moment]) -> bool:
    """Whether the record was annulled as made in error."""
    return any(moment.action == "annulled" for moment in moments)


def last_value(moments: Sequence[Moment]) -> Decimal:
    """Current value or, if terminated or annulled, the last one."""
    ended = terminated_on(moments)
    counting = [
        moment
        for moment in moments
        if moment.action not in ("terminated", "annulled") and (ended is None or moment.effective_on <= ended)
    ]
    return max(counting, key=_in_order).value_pln
