"""Recording over-contracting decisions."""

from miernik_contracts.free_texts import refuse_personal_numbers
from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_contracts.overcontracting.schemas import Decision, NewDecision
from miernik_contracts.programme.learning import tree_with
from miernik_contracts.tables import tables
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, joined
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.work import Work

external_ids = ExternalIdentifiers(tables.external_identifier, "overcontracting-decision")
FAMILY = "allocations"


async def record_decision(work: Work, new: NewDecision) -> Decision:
    """Records a decision. Raises 422 for an unknown node, a day to come, or an end before the beginning."""
    refuse_personal_numbers(new, "number")
    if new.decided_on > work.today:
        raise Problem(422, "request_invalid", errors=[FieldError("/decided_on", "decided_in_the_future")])
    if new.valid_to and new.valid_to < (new.valid_from or new.decided_on):
        raise Problem(422, "request_invalid", errors=[FieldError("/valid_to", "validity_ends_before_it_begins")])
    _, node = await tree_with(work, new.node_id)
    known = joined((), new.external_ids)
    decision = Decision(id=new_id(), office=node.office, external_ids=known, **new.model_dump(exclude={"external_ids"}))
    await external_ids.add(work.connection, decision.id, new.external_ids)
    after = decision.model_dump(mode="json")
    change = Change(
        "overcontracting.decided", f"overcontracting-decisions/{decision.id}", (FAMILY,), after, after=after
    )
    await work.record(change, FactHeader(overcontracting_decision, decision.model_dump(exclude={"external_ids"})))
    return decision


def decision_of(row: AnyRow, known_ids: list[ExternalId]) -> Decision:
    """The API's view of a decision."""
    return Decision.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore")
