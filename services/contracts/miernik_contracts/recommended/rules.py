"""From when to when an application is on the list, from its dates alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from miernik_contracts.progress.rollup import NO_NODE, Place, Step, difference


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """What is known of an application."""

    id: UUID
    office: str
    number: str
    node_id: UUID | None
    accepted_on: date | None
    accepted_value_pln: Decimal | None
    withdrawn_on: date | None
    rejected_on: date | None

    @property
    def given_up_on(self) -> date | None:
        """The day on which it was withdrawn or rejected."""
        return earliest((self.withdrawn_on, self.rejected_on))


def recommended_steps(state: ApplicationState, signed_on: date | None) -> dict[date, Step]:
    """On the list from its acceptance until the first of its ends; who ends before the acceptance is never on it."""
    accepted_on, value = state.accepted_on, state.accepted_value_pln
    if accepted_on is None or value is None:
        return {}
    ended_on = earliest((signed_on, state.given_up_on))
    if ended_on is None:
        return {accepted_on: Step(1, value)}
    if ended_on <= accepted_on:
        return {}
    return {accepted_on: Step(1, value), ended_on: Step(-1, -value)}


def moved_by_signing(
    application: ApplicationState | None, before: date | None, after: date | None
) -> dict[Place, dict[date, Step]]:
    """What changes on the list when the day of the first signing is ``after`` and no longer ``before``; of an
    application that was not learnt, nothing."""
    if application is None:
        return {}
    place = Place(application.office, application.node_id or NO_NODE, "recommended")
    return {place: difference(recommended_steps(application, before), recommended_steps(application, after))}


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of the days that are known."""
    return min((day for day in days if day is not None), default=None)
