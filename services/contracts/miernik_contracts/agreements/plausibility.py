"""Plausibility of the value of an agreement beside its application and its former value."""

from collections.abc import Iterator
from decimal import Decimal

from miernik_shared.confirmations import UnlikelyValue

ABOVE_APPLICATION = 10
"""Times the accepted value of its application from which on a signing needs a confirmation.

An agreement is signed for what was accepted or for less; negotiations and partners add some tens of percent at most.
"""
FACTOR = 100
"""Factor of a change, up or down, that needs one: a lost decimal point is a factor of 100."""
SMALLEST = Decimal(10_000)
"""Złote below which values are not compared: the smallest grants differ by more than the factors."""


def find_unlikely_signing(value_pln: Decimal, accepted_pln: Decimal | None) -> Iterator[UnlikelyValue]:
    """Value of a signing far from the accepted value of its application, if both are known."""
    if not accepted_pln or max(value_pln, accepted_pln) < SMALLEST:
        return
    if value_pln >= ABOVE_APPLICATION * accepted_pln or value_pln * FACTOR <= accepted_pln:
        params = {"value": str(value_pln), "accepted": str(accepted_pln)}
        yield UnlikelyValue("/value_pln", "agreement_far_from_application", str(value_pln), params)


def find_unlikely_change(value_pln: Decimal, former_pln: Decimal) -> Iterator[UnlikelyValue]:
    """Value of an amendment or a correction far from the former value."""
    larger, smaller = max(value_pln, former_pln), min(value_pln, former_pln)
    if smaller > 0 and larger >= max(SMALLEST, FACTOR * smaller):
        params = {"value": str(value_pln), "former": str(former_pln)}
        yield UnlikelyValue("/value_pln", "agreement_far_from_former", str(value_pln), params)
