"""What happens to an agreement after it was signed: an amendment, its termination, a correction of the signing, and the
annulment of the whole record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.models import agreement_version
from miernik_contracts.agreements.rules import (
    Action,
    Moment,
    is_annulled,
    last_value,
    steps,
    terminated_on,
)
from miernik_contracts.agreements.schemas import (
    Agreement,
    NewAgreement,
    NewAmendment,
    NewAnnulment,
    NewTermination,
)
from miernik_contracts.agreements.views import agreement_etag, agreement_of, change_of, external_ids, moments_of
from miernik_contracts.caps.charge import Charge, charge
from miernik_contracts.followers.queries import find_application, lock_applications
from miernik_contracts.followers.recommended_steps import move_first_signing
from miernik_contracts.followers.states import earliest
from miernik_contracts.followers.waiting import load_tree_with
from miernik_contracts.money import NO_MONEY
from miernik_contracts.progress.rollup import Place, Steps, add_steps, difference, values_by_day
from miernik_shared.changelog.record import PositionedRow
from miernik_shared.database import AnyRow
from miernik_shared.external_ids import ExternalId, joined
from miernik_shared.problems import FieldError, Problem
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class _Open:
    """An agreement whose row is held, as it stands."""

    row: AnyRow
    versions: list[AnyRow]
    known_ids: list[ExternalId]

    @property
    def moments(self) -> list[Moment]:
        return moments_of(self.versions)

    @property
    def agreement(self) -> Agreement:
        return agreement_of(self.row, self.versions, self.known_ids)


@dataclass(frozen=True, slots=True)
class _Next:
    """The next version of an agreement."""

    action: Action
    effective_on: date
    value_pln: Decimal
    beneficiary: str | None
    note: str | None
    amendment_number: str | None = None
    further_ids: Sequence[ExternalId] = field(default=())


async def amend(work: UnitOfWork, row: AnyRow, new: NewAmendment) -> Agreement:
    """Appends an amendment. Needs ``If-Match``. Raises 422 for a day before the signing or to come, 409 for a
    number used before, a terminated agreement, and an increase that passes the allocation."""
    held = await _open(work, row)
    _refuse_ended(held)
    _refuse_day(work, held, new.effective_on, "amendment_before_signing")
    if new.amendment_number in {version.amendment_number for version in held.versions}:
        params = {"number": new.amendment_number}
        error = FieldError("/amendment_number", "amendment_number_taken", params)
        raise Problem(409, "amendment_number_taken", params, [error])
    beneficiary = held.versions[-1].beneficiary
    coming = _Next("amended", new.effective_on, new.value_pln, beneficiary, new.note, new.amendment_number)
    return await _append(work, held, coming)


async def terminate(work: UnitOfWork, row: AnyRow, new: NewTermination) -> Agreement:
    """Ends an agreement; amendments that would take effect later never do. Needs ``If-Match``."""
    held = await _open(work, row)
    _refuse_ended(held)
    _refuse_day(work, held, new.effective_on, "termination_before_signing")
    ended = Moment(held.row.current_version + 1, "terminated", new.effective_on, NO_MONEY)
    last = last_value([*held.moments, ended])
    return await _append(
        work, held, _Next("terminated", new.effective_on, last, held.versions[-1].beneficiary, new.note)
    )


async def correct(work: UnitOfWork, row: AnyRow, new: NewAgreement) -> Agreement:
    """Sets right what was recorded of the signing: value, beneficiary, note. Needs ``If-Match``; an equal state
    changes nothing. Raises 409 for another identity."""
    held = await _open(work, row)
    _refuse_other_identity(held.row, new)
    signing = [version for version in held.versions if version.action in ("signed", "corrected")][-1]
    external = joined(held.known_ids, new.external_ids)
    if (signing.value_pln, signing.beneficiary, signing.note, len(external)) == (
        new.value_pln, new.beneficiary, new.note, len(held.known_ids),
    ):  # fmt: skip
        work.unchanged = True
        return held.agreement
    _refuse_ended(held)
    coming = _Next(
        "corrected", held.row.signed_on, new.value_pln, new.beneficiary, new.note, further_ids=new.external_ids
    )
    return await _append(work, held, coming)


async def annul(work: UnitOfWork, row: AnyRow, new: NewAnnulment) -> Agreement:
    """Takes back a record that was made in error, also one that was terminated: known from now on, it never counted on
    any day, and its numbers and its application are free to be recorded anew. Needs ``If-Match``."""
    if row.application_id:
        # Before the row, as whoever signs for the application has it.
        await lock_applications(work.connection, [row.application_id])
    held = await _open(work, row)
    returning = await _returning(work, held.row)
    worth, beneficiary = last_value(held.moments), held.versions[-1].beneficiary
    return await _append(work, held, _Next("annulled", row.signed_on, worth, beneficiary, new.reason), returning)


async def _returning(work: UnitOfWork, row: AnyRow) -> Mapping[Place, Steps]:
    """By what the application of an agreement that never was moves the list of the recommended ones."""
    if row.application_id is None:
        return {}
    application = await find_application(work.connection, row.application_id)
    signed = await queries.of_application(work.connection, row.application_id)
    others = earliest(other.signed_on for other in signed if other.agreement_no != row.agreement_no)
    return move_first_signing(application, earliest((others, row.signed_on)), others)


async def _open(work: UnitOfWork, row: AnyRow) -> _Open:
    """The agreement, held until the transaction ends. Raises 409 for an annulled one."""
    row = await queries.lock_agreement(work.connection, row.agreement_no)
    work.require_match(agreement_etag(row.current_version))
    if row.annulled:
        raise Problem(409, "agreement_annulled", {"number": row.number})
    versions = await queries.versions_of(work.connection, [row.agreement_no])
    return _Open(row, versions, (await external_ids.of(work.connection, [row.id]))[row.id])


def _refuse_ended(held: _Open) -> None:
    if held.row.terminated_on is not None:
        raise Problem(409, "agreement_terminated", {"day": held.row.terminated_on.isoformat()})


def _refuse_day(work: UnitOfWork, held: _Open, day: date, too_early: str) -> None:
    """The caps know no days: what is to become less only later would be promised to others today."""
    if day < held.row.signed_on:
        since = {"signed_on": held.row.signed_on.isoformat()}
        raise Problem(422, "request_invalid", errors=[FieldError("/effective_on", too_early, since)])
    if day > work.today:
        raise Problem(422, "request_invalid", errors=[FieldError("/effective_on", "effective_in_the_future")])


def _refuse_other_identity(row: AnyRow, new: NewAgreement) -> None:
    same = (new.number, new.kind, new.application_id, new.signed_on) == (
        row.number, row.kind, row.application_id, row.signed_on,
    )  # fmt: skip
    if not same or new.node_id not in (None, row.node_id):
        raise Problem(409, "agreement_identity_changed", {"number": row.number})


async def _append(
    work: UnitOfWork, held: _Open, coming: _Next, on_the_list: Mapping[Place, Steps] | None = None
) -> Agreement:
    """The agreement with its next version; ``on_the_list`` is what moves of the recommended applications."""
    row, before, listed = held.row, held.moments, on_the_list or {}
    version = row.current_version + 1
    after = [*before, Moment(version, coming.action, coming.effective_on, coming.value_pln)]
    moved = difference(steps(before), steps(after))
    await _charge(work, row, values_by_day(moved))
    stands = {"terminated_on": terminated_on(after), "annulled": is_annulled(after)}
    await queries.advance(work.connection, row.agreement_no, {"current_version": version, **stands})
    await add_steps(work.connection, {Place(row.office, row.node_id, row.kind): moved, **listed})
    if coming.action == "annulled":
        await queries.free_external_ids(work.connection, row, held.known_ids)
    await external_ids.add(work.connection, row.id, coming.further_ids)
    former = held.agreement
    changed = former.model_copy(
        update={
            "value_pln": last_value(after), "beneficiary": coming.beneficiary, "version": version,
            "external_ids": joined(held.known_ids, coming.further_ids), **stands,
        }
    )  # fmt: skip
    header = PositionedRow(agreement_version, _values(row, version, coming))
    families = [f"agreements:{row.office}", *(f"recommended:{place.office}" for place in listed)]
    await work.record(change_of(coming.action, changed, former, families), header)
    return changed


async def _charge(work: UnitOfWork, row: AnyRow, moved: Mapping[date, Decimal]) -> None:
    if any(moved.values()):
        tree, node = await load_tree_with(work, row.node_id)
        await charge(work.connection, Charge(tree, tree.path(node), moved, "/effective_on"))


def _values(row: AnyRow, version: int, coming: _Next) -> dict[str, Any]:
    identity = {name: getattr(row, name) for name in queries.IDENTITY}
    return {
        "agreement_no": row.agreement_no,
        "version": version,
        **identity,
        "beneficiary": coming.beneficiary,
        "action": coming.action,
        "amendment_number": coming.amendment_number,
        "effective_on": coming.effective_on,
        "value_pln": coming.value_pln,
        "note": coming.note,
    }
