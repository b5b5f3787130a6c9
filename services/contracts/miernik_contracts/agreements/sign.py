"""Signing of an agreement within the allocation at the rate of the day."""

from datetime import date
from typing import Any

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.models import agreement_version
from miernik_contracts.agreements.plausibility import find_unlikely_signing
from miernik_contracts.agreements.schemas import Agreement, NewAgreement
from miernik_contracts.agreements.valuation import Moment, steps
from miernik_contracts.agreements.views import change_of, external_ids
from miernik_contracts.caps.charge import Charge, charge
from miernik_contracts.followers.queries import find_application, lock_applications
from miernik_contracts.followers.recommended_steps import move_first_signing
from miernik_contracts.followers.states import ApplicationState, NodeState, earliest
from miernik_contracts.followers.tree import Tree
from miernik_contracts.followers.waiting import load_tree_with, wait_until_replicated
from miernik_contracts.progress.queries import add_steps
from miernik_contracts.progress.rollup import RollupKey, values_by_day
from miernik_shared.changelog.record import PositionedRow
from miernik_shared.database import AnyRow
from miernik_shared.external_ids import ExternalId, include_address_id, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import conflict, invalid, refuse_invalid
from miernik_shared.values.identity import identity_key
from miernik_shared.values.plausible_days import find_days_before, recorded_days
from miernik_shared.web.unit_of_work import UnitOfWork


async def sign(work: UnitOfWork, new: NewAgreement, address: ExternalId | None = None) -> Agreement:
    """Record a signed agreement and remove its application from the recommended list.

    Raises 422 for a day in the future or an unknown node; 409 for a number in use, an application that was annulled,
    given up or has an agreement in force, and a value that exceeds the limit of the node or of one above it.
    """
    refuse_invalid(list(recorded_days(date.max).find_faults({"/signed_on": new.signed_on})))
    if new.signed_on > work.today:
        raise invalid("/signed_on", "signed_in_the_future")
    application = await _application(work, new)
    tree, node = await _find_node(work, new, application)
    number_key = identity_key(new.number)
    await queries.lock_number(work.connection, node.office, number_key)
    await _refuse_taken_number(work, node.office, number_key)
    former = await queries.of_application(work.connection, new.application_id) if new.application_id else []
    _refuse_application(new, application, former)
    accepted = application.accepted_value_pln if application else None
    work.require_confirmation(
        [
            *find_days_before({"/signed_on": new.signed_on}, tree.start_of(node)),
            *find_unlikely_signing(new.value_pln, accepted),
        ]
    )
    moved = steps([Moment(1, "signed", new.signed_on, new.value_pln)])
    await charge(work.connection, Charge(tree, tree.path(node), values_by_day(moved), "/signed_on"))
    signed_before = earliest(other.signed_on for other in former)
    leaving = move_first_signing(application, signed_before, earliest((signed_before, new.signed_on)))
    signed = _signed(new, node, address)
    await external_ids.add(work.connection, signed.id, signed.external_ids)
    identity = signed.model_dump(include=set(queries.IDENTITY))
    row = {**identity, "number_key": number_key, "id": signed.id, "current_version": 1}
    agreement_no = await queries.add_agreement(work.connection, row)
    await add_steps(work.connection, {RollupKey(node.office, node.id, new.kind): moved} | leaving)
    families = [f"agreements:{node.office}", *(f"recommended:{key.office}" for key in leaving)]
    await work.record(change_of("signed", signed, None, families), _header(agreement_no, identity, new))
    return signed


async def _application(work: UnitOfWork, new: NewAgreement) -> ApplicationState | None:
    """The replicated application, locked against new states until the transaction ends."""
    application_id = new.application_id
    if application_id is None:
        return None
    # Waits before locking: the follower that stores the awaited state needs the same lock.
    if new.node_id is None:
        await wait_until_replicated(work, lambda: find_application(work.connection, application_id))
    else:
        await load_tree_with(work, new.node_id)
    await lock_applications(work.connection, [application_id])
    return await find_application(work.connection, application_id)


async def _find_node(
    work: UnitOfWork, new: NewAgreement, application: ApplicationState | None
) -> tuple[Tree, NodeState]:
    known = application.node_id if application else None
    if known and new.node_id and new.node_id != known:
        raise invalid("/node_id", "node_differs")
    node_id = new.node_id or known
    if node_id is None:
        raise invalid("/node_id", "node_required")
    tree, node = await load_tree_with(work, node_id)
    if application and application.office != node.office:
        raise invalid("/node_id", "node_of_other_office")
    return tree, node


def _refuse_application(new: NewAgreement, application: ApplicationState | None, former: list[AnyRow]) -> None:
    for other in former:
        if other.terminated_on is None or other.terminated_on > new.signed_on:
            raise conflict("application_already_signed", existing={"agreement": other.id}, number=other.number)
    if application is not None and application.annulled:
        raise conflict("application_annulled", number=application.number)
    given_up_on = application.given_up_on if application else None
    if given_up_on is not None and given_up_on <= new.signed_on:
        raise conflict("application_given_up", day=given_up_on.isoformat())


async def _refuse_taken_number(work: UnitOfWork, office: str, number_key: str) -> None:
    taken = await queries.find_by_number(work.connection, office, number_key)
    if taken is not None:
        existing = {"agreement": taken.id}
        raise conflict("agreement_number_taken", at="/number", existing=existing, number=taken.number)


def _signed(new: NewAgreement, node: NodeState, address: ExternalId | None) -> Agreement:
    known = merge_external_ids((), include_address_id(new.external_ids, address))
    state = new.model_dump(exclude={"external_ids", "note", "node_id"})
    return Agreement(
        id=new_id(), office=node.office, node_id=node.id, terminated_on=None, annulled=False, version=1,
        external_ids=known, **state,
    )  # fmt: skip


def _header(agreement_no: int, identity: dict[str, Any], new: NewAgreement) -> PositionedRow:
    values = {
        "agreement_no": agreement_no,
        "version": 1,
        **identity,
        **queries.copy_state(new),
        "action": "signed",
        "amendment_number": None,
        "effective_on": new.signed_on,
        "value_pln": new.value_pln,
        "note": new.note,
    }
    return PositionedRow(agreement_version, values)
