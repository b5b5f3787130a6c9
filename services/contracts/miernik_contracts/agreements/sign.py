"""Signing an agreement: within the allocation at the rate of that day, or not at all."""

from typing import Any

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.balances import Charge, charge
from miernik_contracts.agreements.limits import limits_on
from miernik_contracts.agreements.models import agreement_version
from miernik_contracts.agreements.rules import Moment, steps
from miernik_contracts.agreements.schemas import Agreement, NewAgreement
from miernik_contracts.agreements.views import change_of, external_ids
from miernik_contracts.programme.learning import tree_with
from miernik_contracts.programme.queries import NodeState
from miernik_contracts.programme.tree import Tree
from miernik_contracts.progress.rollup import Place, add_steps
from miernik_shared.changelog.record import FactHeader
from miernik_shared.external_ids import ExternalId, joined
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.work import Work


async def sign(work: Work, new: NewAgreement, address: ExternalId | None = None) -> Agreement:
    """Records a signed agreement.

    Raises 422 for a day to come or an unknown node; 409 for a number that is taken, an application that has an
    agreement in force, and a value that passes the allocation of the node or of one above it.
    """
    if new.signed_on > work.today:
        raise Problem(422, "request_invalid", errors=[FieldError("/signed_on", "signed_in_the_future")])
    tree, node = await _place(work, new)
    await queries.lock_number(work.connection, node.office, new.number)
    await _refuse_taken_number(work, node.office, new.number)
    await _charge(work, tree, node, new)
    signed = _signed(new, node, address)
    await external_ids.add(work.connection, signed.id, signed.external_ids)
    identity = signed.model_dump(include=set(queries.IDENTITY))
    agreement_no = await queries.add_agreement(work.connection, {**identity, "id": signed.id, "current_version": 1})
    moment = Moment(1, "signed", new.signed_on, new.value_pln)
    await add_steps(work.connection, {Place(node.office, node.id, new.kind): steps([moment])})
    header = _header(agreement_no, identity, new)
    await work.record(change_of("signed", signed, None, [f"agreements:{node.office}"]), header)
    return signed


async def _place(work: Work, new: NewAgreement) -> tuple[Tree, NodeState]:
    if new.node_id is None:
        raise Problem(422, "request_invalid", errors=[FieldError("/node_id", "node_required")])
    return await tree_with(work, new.node_id)


async def _refuse_taken_number(work: Work, office: str, number: str) -> None:
    taken = await queries.find_by_number(work.connection, office, number)
    if taken is not None:
        params = {"number": number}
        error = FieldError("/number", "agreement_number_taken", params)
        raise Problem(409, "agreement_number_taken", params, [error], members={"agreement": str(taken.id)})


async def _charge(work: Work, tree: Tree, node: NodeState, new: NewAgreement) -> None:
    path = tree.path(node)
    limits = await limits_on(work.connection, tree, node.office, new.signed_on)
    await charge(work.connection, Charge(path, new.value_pln, limits.along(path)))


def _signed(new: NewAgreement, node: NodeState, address: ExternalId | None) -> Agreement:
    known = joined(new.external_ids, [address] if address else [])
    state = new.model_dump(exclude={"external_ids", "note", "node_id"})
    return Agreement(
        id=new_id(), office=node.office, node_id=node.id, terminated_on=None, version=1, external_ids=known, **state
    )


def _header(agreement_no: int, identity: dict[str, Any], new: NewAgreement) -> FactHeader:
    values = {
        "agreement_no": agreement_no,
        "version": 1,
        **identity,
        "beneficiary": new.beneficiary,
        "action": "signed",
        "amendment_number": None,
        "effective_on": new.signed_on,
        "value_pln": new.value_pln,
        "note": new.note,
    }
    return FactHeader(agreement_version, values)
