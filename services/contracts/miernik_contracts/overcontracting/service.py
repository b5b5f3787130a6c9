"""Recording over-contracting decisions."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from miernik_contracts.followers.waiting import load_tree_with
from miernik_contracts.limit_locks import lock_limits_exclusive
from miernik_contracts.overcontracting import queries
from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_contracts.overcontracting.schemas import Decision, NewDecision
from miernik_contracts.tables import tables
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, refuse_invalid
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.identity import identity_key
from miernik_shared.values.plausible_days import OPEN_ENDED, find_days_before, recorded_days
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "overcontracting-decision")
FAMILY = "allocations"
HIGHEST_LIMIT = Decimal(200)
"""Limit in percent above which a decision needs a confirmation: 10500 for 105.00 commits the money a hundred times."""


async def record_decision(work: UnitOfWork, new: NewDecision) -> Decision:
    """Record a decision. Raises 422 for an unknown node and impossible days, 409 for a number in use."""
    refuse_invalid(list(_validate(new, work.today)))
    tree, node = await load_tree_with(work, new.node_id)
    await _refuse_recorded(work, new)
    unlikely = list(find_days_before({"/decided_on": new.decided_on}, tree.start_of(node)))
    if new.limit_percent > HIGHEST_LIMIT:
        params = {"limit": str(new.limit_percent), "highest": str(HIGHEST_LIMIT)}
        unlikely.append(UnlikelyValue("/limit_percent", "limit_unusually_high", str(new.limit_percent), params))
    work.require_confirmation(unlikely)
    known = merge_external_ids((), new.external_ids)
    decision = Decision(id=new_id(), office=node.office, external_ids=known, **new.model_dump(exclude={"external_ids"}))
    await external_ids.add(work.connection, decision.id, new.external_ids)
    after = decision.model_dump(mode="json")
    change = Change(
        "overcontracting.decided", f"overcontracting-decisions/{decision.id}", (FAMILY,), after, after=after
    )
    row = decision.model_dump(exclude={"external_ids"}) | {"number_key": identity_key(decision.number)}
    await work.record(change, PositionedRow(overcontracting_decision, row))
    return decision


def render_decision(row: AnyRow, known_ids: list[ExternalId]) -> Decision:
    """The API's view of a decision."""
    return Decision.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


def _validate(new: NewDecision, today: date) -> Iterator[FieldError]:
    yield from recorded_days(date.max).find_faults({"/decided_on": new.decided_on})
    yield from OPEN_ENDED.find_faults({"/valid_from": new.valid_from, "/valid_to": new.valid_to})
    if new.decided_on > today:
        yield FieldError("/decided_on", "decided_in_the_future")
    if new.valid_from and new.valid_from < new.decided_on:
        # A decision is not retroactive: earlier agreements were signed without it.
        yield FieldError("/valid_from", "valid_before_decided", {"decided_on": new.decided_on.isoformat()})
    if new.valid_to and new.valid_to < (new.valid_from or new.decided_on):
        yield FieldError("/valid_to", "validity_ends_before_it_begins")


async def _refuse_recorded(work: UnitOfWork, new: NewDecision) -> None:
    """Refuse a second decision with the same number for the same node: one number for two limits."""
    await lock_limits_exclusive(work.connection)
    recorded = await queries.find_by_number(work.connection, new.node_id, identity_key(new.number))
    if recorded is not None:
        raise conflict("decision_exists", at="/number", existing={"decision": recorded.id}, number=recorded.number)
