"""Steps of the list of applications recommended for signing (wnioski rekomendowane do podpisania umowy).

An application joins the list on its acceptance and leaves it for good on the first of its signing, withdrawal and
rejection; an annulled one was never on it. The order in which these arrive does not matter: the writer of any of them
computes the application's steps before and after it, while holding the application's lock.
"""

from datetime import date

from miernik_contracts.followers.states import ApplicationState, earliest
from miernik_contracts.progress.rollup import NO_NODE, RollupKey, Step, difference


def recommended_steps(state: ApplicationState, signed_on: date | None) -> dict[date, Step]:
    """Steps of one application. None for an annulled one, nor for one that ends by the day of its acceptance."""
    accepted_on, value = state.accepted_on, state.accepted_value_pln
    if accepted_on is None or value is None or state.annulled:
        return {}
    ended_on = earliest((signed_on, state.given_up_on))
    if ended_on is None:
        return {accepted_on: Step(1, value)}
    if ended_on <= accepted_on:
        return {}
    return {accepted_on: Step(1, value), ended_on: Step(-1, -value)}


def move_first_signing(
    application: ApplicationState | None, before: date | None, after: date | None
) -> dict[RollupKey, dict[date, Step]]:
    """Steps to add when an application's first signing moves from day ``before`` to ``after``.

    Empty for an application that is not replicated yet: its steps are computed when it arrives.
    """
    if application is None:
        return {}
    key = RollupKey(application.office, application.node_id or NO_NODE, "recommended")
    return {key: difference(recommended_steps(application, before), recommended_steps(application, after))}
