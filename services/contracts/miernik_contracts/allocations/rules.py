"""Plausibility of an allocation: its day, and its amount beside the former one."""

from collections.abc import Iterator
from datetime import date

from miernik_contracts.allocations.schemas import Allocation, AllocationState
from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.values.plausible_days import find_days_before

FACTOR = 100
"""Factor of a change from which on an amount needs a confirmation: a lost decimal point is a factor of 100."""


def find_unlikely_values(
    state: AllocationState, before: Allocation | None, start: date | None
) -> Iterator[UnlikelyValue]:
    """Values that need a confirmation: a day before the programme, nothing allocated, a change by the factor.

    Only what changes needs one.
    """
    amount = state.amount_eur
    if before is None or before.effective_on != state.effective_on:
        yield from find_days_before({"/effective_on": state.effective_on}, start)
    if before is not None and before.amount_eur == amount:
        return
    if amount == 0:
        yield UnlikelyValue("/amount_eur", "allocation_of_nothing", str(amount))
    elif before is not None and before.amount_eur > 0:
        larger, smaller = max(amount, before.amount_eur), min(amount, before.amount_eur)
        if larger >= FACTOR * smaller:
            params = {"amount": str(amount), "former": str(before.amount_eur)}
            yield UnlikelyValue("/amount_eur", "allocation_far_from_former", str(amount), params)
