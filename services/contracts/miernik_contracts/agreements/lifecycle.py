"""Changes of a signed agreement: amendment, termination, correction of the signing, annulment of the whole record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from miernik_contracts.agreements import queries
from miernik_contracts.agreements.models import agreement_version
from miernik_contracts.agreements.plausibility import find_unlikely_change, find_unlikely_signing
from miernik_contracts.agreements.schemas import (
    Agreement,
    NewAgreement,
    NewAmendment,
    NewAnnulment,
    NewTermination,
)
from miernik_contracts.agreements.valuation import (
    Action,
    Moment,
    is_annulled,
    last_value,
    steps,
    terminated_on,
)
from miernik_contracts.agreements.views import change_of, external_ids, moments_of, render_agreement
from miernik_contracts.caps.charge import Charge, charge
from miernik_contracts.followers.queries import find_application, lock_applications
from miernik_contracts.followers.recommended_steps import move_first_signing
from miernik_contracts.followers.states import earliest
from miernik_contracts.followers.waiting import load_tree_with
from miernik_contracts.money import NO_MONEY
from miernik_contracts.progress.queries import add_steps
from miernik_contracts.progress.rollup import RollupKey, Steps, difference, values_by_day
from miernik_shared.changelog.record import PositionedRow
from miernik_shared.confirmations import UnlikelyValue
from miernik_shared.database import AnyRow
from miernik_shared.external_ids import ExternalId, merge_external_ids
from miernik_shared.problems import conflict, invalid
from miernik_shared.values.identity import identity_key
from miernik_shared.web.revisions import version_etag
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class _OpenAgreement:
    """An agreement with its row locked."""

    row: AnyRow
    versions: list[AnyRow]
    known_ids: list[ExternalId]

    @property
    def moments(self) -> list[Moment]:
        return moments_of(self.versions)

    @property
    def state(self) -> dict[str, Any]:
        return queries.copy_state(self.versions[-1])

    @property
    def agreement(self) -> Agreement:
        return render_agreement(self.row, self.versions, self.known_ids)


@dataclass(frozen=True, slots=True)
class _NextVersion:
    """The next version of an agreement."""

    action: Action
    effective_on: date
    value_pln: Decimal
    state: Mapping[str, Any]
    note: str | None
    amendment_number: str | None = None
    further_ids: Sequence[ExternalId] = field(default=())


async def amend(work: UnitOfWork, row: AnyRow, new: NewAmendment) -> Agreement:
    """Append an amendment. Needs ``If-Match``.

    Raises 422 for a day before the signing or in the future; 409 for a number in use, a terminated agreement, and an
    increase that exceeds the allocation.
    """
    opened = await _lock(work, row)
    _refuse_ended(opened)
    _refuse_day(work, opened, new.effective_on, "amendment_before_signing")
    known = {identity_key(version.amendment_number) for version in opened.versions if version.amendment_number}
    if identity_key(new.amendment_number) in known:
        raise conflict("amendment_number_taken", at="/amendment_number", number=new.amendment_number)
    work.require_confirmation(list(find_unlikely_change(new.value_pln, last_value(opened.moments))))
    state = opened.state
    following = _NextVersion("amended", new.effective_on, new.value_pln, state, new.note, new.amendment_number)
    return await _append(work, opened, following)


async def terminate(work: UnitOfWork, row: AnyRow, new: NewTermination) -> Agreement:
    """Terminate an agreement; amendments from a later day never take effect. Needs ``If-Match``."""
    opened = await _lock(work, row)
    _refuse_ended(opened)
    _refuse_day(work, opened, new.effective_on, "termination_before_signing")
    ended = Moment(opened.row.current_version + 1, "terminated", new.effective_on, NO_MONEY)
    last = last_value([*opened.moments, ended])
    return await _append(work, opened, _NextVersion("terminated", new.effective_on, last, opened.state, new.note))


async def correct(work: UnitOfWork, row: AnyRow, new: NewAgreement) -> Agreement:
    """Correct value, beneficiary and note of the signing. Needs ``If-Match``; an equal state changes nothing.

    Raises 409 for another identity.
    """
    opened = await _lock(work, row)
    _refuse_other_identity(opened.row, new)
    signing = [version for version in opened.versions if version.action in ("signed", "corrected")][-1]
    external = merge_external_ids(opened.known_ids, new.external_ids)
    state = queries.copy_state(new)
    if (signing.value_pln, queries.copy_state(signing), signing.note, len(external)) == (
        new.value_pln, state, new.note, len(opened.known_ids),
    ):  # fmt: skip
        work.unchanged = True
        return opened.agreement
    _refuse_ended(opened)
    work.require_confirmation(await _find_unlikely_correction(work, row, new.value_pln, signing.value_pln))
    following = _NextVersion(
        "corrected", opened.row.signed_on, new.value_pln, state, new.note, further_ids=new.external_ids
    )
    return await _append(work, opened, following)


async def annul(work: UnitOfWork, row: AnyRow, new: NewAnnulment) -> Agreement:
    """Annul a record made in error, also a terminated one. Needs ``If-Match``.

    As known from now on it never counted on any day, and its numbers and its application can be recorded anew.
    """
    if row.application_id:
        # Locked before the row: in the order in which signing locks them.
        await lock_applications(work.connection, [row.application_id])
    opened = await _lock(work, row)
    recommended = await _recommended_steps(work, opened.row)
    following = _NextVersion("annulled", row.signed_on, last_value(opened.moments), opened.state, new.reason)
    return await _append(work, opened, following, recommended)


async def _find_unlikely_correction(
    work: UnitOfWork, row: AnyRow, value_pln: Decimal, former_pln: Decimal
) -> list[UnlikelyValue]:
    """Value of a corrected signing that is far from that of its application; without one, from the mistyped value."""
    if value_pln == former_pln:
        return []
    application = await find_application(work.connection, row.application_id) if row.application_id else None
    if application and application.accepted_value_pln:
        return list(find_unlikely_signing(value_pln, application.accepted_value_pln))
    return list(find_unlikely_change(value_pln, former_pln))


async def _recommended_steps(work: UnitOfWork, row: AnyRow) -> Mapping[RollupKey, Steps]:
    """Steps of the recommended list when an agreement no longer counts as its application's signing."""
    if row.application_id is None:
        return {}
    application = await find_application(work.connection, row.application_id)
    signed = await queries.of_application(work.connection, row.application_id)
    others = earliest(other.signed_on for other in signed if other.agreement_no != row.agreement_no)
    return move_first_signing(application, earliest((others, row.signed_on)), others)


async def _lock(work: UnitOfWork, row: AnyRow) -> _OpenAgreement:
    """The agreement, locked until the transaction ends. Raises 409 for an annulled one."""
    row = await queries.lock_agreement(work.connection, row.agreement_no)
    work.require_match(version_etag(row.current_version))
    if row.annulled:
        raise conflict("agreement_annulled", number=row.number)
    versions = await queries.versions_of(work.connection, [row.agreement_no])
    return _OpenAgreement(row, versions, (await external_ids.read_by_entity(work.connection, [row.id]))[row.id])


def _refuse_ended(opened: _OpenAgreement) -> None:
    if opened.row.terminated_on is not None:
        raise conflict("agreement_terminated", day=opened.row.terminated_on.isoformat())


def _refuse_day(work: UnitOfWork, opened: _OpenAgreement, day: date, too_early: str) -> None:
    """Refuse a day before the signing or in the future.

    Balances have no time axis: a reduction dated in the future would free the money today.
    """
    if day < opened.row.signed_on:
        raise invalid("/effective_on", too_early, signed_on=opened.row.signed_on.isoformat())
    if day > work.today:
        raise invalid("/effective_on", "effective_in_the_future")


def _refuse_other_identity(row: AnyRow, new: NewAgreement) -> None:
    same = (identity_key(new.number), new.kind, new.application_id, new.signed_on) == (
        row.number_key, row.kind, row.application_id, row.signed_on,
    )  # fmt: skip
    if not same or new.node_id not in (None, row.node_id):
        raise conflict("agreement_identity_changed", number=row.number)


async def _append(
    work: UnitOfWork,
    opened: _OpenAgreement,
    following: _NextVersion,
    recommended: Mapping[RollupKey, Steps] | None = None,
) -> Agreement:
    """Store the next version and return the agreement; ``recommended`` are the steps of the recommended list."""
    row, before, listed = opened.row, opened.moments, recommended or {}
    version = row.current_version + 1
    after = [*before, Moment(version, following.action, following.effective_on, following.value_pln)]
    moved = difference(steps(before), steps(after))
    await _charge(work, row, values_by_day(moved))
    stands = {"terminated_on": terminated_on(after), "annulled": is_annulled(after)}
    await queries.advance(work.connection, row.agreement_no, {"current_version": version, **stands})
    await add_steps(work.connection, {RollupKey(row.office, row.node_id, row.kind): moved, **listed})
    if following.action == "annulled":
        await queries.free_external_ids(work.connection, row, opened.known_ids)
    await external_ids.add(work.connection, row.id, following.further_ids)
    former = opened.agreement
    changed = former.model_copy(
        update={
            "value_pln": last_value(after), "version": version, **following.state, **stands,
            "external_ids": merge_external_ids(opened.known_ids, following.further_ids),
        }
    )  # fmt: skip
    header = PositionedRow(agreement_version, _values(row, version, following))
    families = [f"agreements:{row.office}", *(f"recommended:{key.office}" for key in listed)]
    await work.record(change_of(following.action, changed, former, families), header)
    return changed


async def _charge(work: UnitOfWork, row: AnyRow, moved: Mapping[date, Decimal]) -> None:
    if any(moved.values()):
        tree, node = await load_tree_with(work, row.node_id)
        await charge(work.connection, Charge(tree, tree.path(node), moved, "/effective_on"))


def _values(row: AnyRow, version: int, following: _NextVersion) -> dict[str, Any]:
    identity = {name: getattr(row, name) for name in queries.IDENTITY}
    return {
        "agreement_no": row.agreement_no,
        "version": version,
        **identity,
        **following.state,
        "action": following.action,
        "amendment_number": following.amendment_number,
        "effective_on": following.effective_on,
        "value_pln": following.value_pln,
        "note": following.note,
    }
