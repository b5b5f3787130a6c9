"""Granting and revising allocations."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from miernik_contracts.allocations import queries
from miernik_contracts.allocations.models import allocation
from miernik_contracts.allocations.rules import find_unlikely_values
from miernik_contracts.allocations.schemas import Allocation, AllocationState, NewAllocation
from miernik_contracts.followers.waiting import load_tree_with
from miernik_contracts.limit_locks import lock_limits_exclusive
from miernik_contracts.tables import tables
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, invalid, not_found, refuse_invalid
from miernik_shared.territories.codes import key_of
from miernik_shared.territories.register import find_territory_errors
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.plausible_days import planned_days
from miernik_shared.values.teryt import TerritoryCode
from miernik_shared.web.revisions import revise
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "allocation")
FAMILY = "allocations"


async def grant_allocation(work: UnitOfWork, new: NewAllocation, address: ExternalId | None = None) -> Allocation:
    """Add an allocation. Raises 422 for an unknown node or territory, 409 if money would count twice."""
    refuse_invalid(_validate_day(work, new))
    tree, node = await load_tree_with(work, new.node_id)
    territory = await _validate_territory(work, new, node.office)
    await lock_limits_exclusive(work.connection)
    await _refuse_counting_twice(work, new, territory)
    work.require_confirmation(list(find_unlikely_values(new, None, tree.start_of(node))))
    known = include_address_id(new.external_ids, address)
    granted = Allocation(
        id=new_id(), node_id=node.id, office=node.office, territory=territory, revision=1,
        external_ids=merge_external_ids((), known), **_state_of(new),
    )  # fmt: skip
    await external_ids.add(work.connection, granted.id, known)
    await work.record(_describe_change("allocation.granted", granted, None), _version_row(granted))
    return granted


async def revise_allocation(
    work: UnitOfWork, row: AnyRow, state: AllocationState, further: Sequence[ExternalId] = ()
) -> Allocation:
    """Append a revision. Needs ``If-Match``; an equal state changes nothing."""
    await lock_limits_exclusive(work.connection)
    tree, node = await load_tree_with(work, row.node_id)

    async def require_confirmation(before: Allocation) -> None:
        work.require_confirmation(list(find_unlikely_values(state, before, tree.start_of(node))))

    return await revise(
        work,
        await queries.find_current(work.connection, row.id) or row,
        _state_of(state),
        external_ids=external_ids,
        render=render_allocation,
        errors=_validate_day(work, state),
        check=require_confirmation,
        append=partial(_append_revision, work),
        further=further,
        version="revision",
    )


async def upsert_allocation(work: UnitOfWork, address: ExternalId, new: NewAllocation) -> tuple[Allocation, bool]:
    """Grant or revise the allocation with a number of another system. True if it was granted."""
    allocation_id = await external_ids.find(work.connection, address)
    if allocation_id is None:
        work.refuse_if_match()
        return await grant_allocation(work, new, address), True
    row = await queries.find_current(work.connection, allocation_id)
    if row is None:
        raise not_found("allocation_not_found")
    same_territory = (key_of(new.territory) if new.territory is not None else None) == row.territory
    if not same_territory:
        await _validate_territory(work, new, row.office)
    if not same_territory or new.node_id != row.node_id:
        raise conflict("allocation_identity_changed")
    return await revise_allocation(work, row, new, new.external_ids), False


def render_allocation(row: AnyRow, known_ids: list[ExternalId]) -> Allocation:
    """The API's view of a revision."""
    return Allocation.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


def _validate_day(work: UnitOfWork, state: AllocationState) -> list[FieldError]:
    return list(planned_days(work.today).find_faults({"/effective_on": state.effective_on}))


async def _validate_territory(work: UnitOfWork, new: NewAllocation, office: str) -> str | None:
    """Key of the territory. Raises 422 unless the code is in force on the day of the grant and in the office."""
    if new.territory is None:
        return None
    refuse_invalid(await find_territory_errors(work, new.territory, new.effective_on))
    code = TerritoryCode.parse(new.territory)
    if code.voivodeship != office:
        raise invalid("/territory", "territory_of_other_office", office=office)
    return code.code


async def _refuse_counting_twice(work: UnitOfWork, new: NewAllocation, territory: str | None) -> None:
    """Refuse an allocation that overlaps another one of its node.

    A node's allocation is the sum of its rows: one for the whole node, or shares of territories that do not overlap.
    """
    others = await queries.first_revisions_of_node(work.connection, new.node_id)
    for other in others:
        if other.territory == territory:
            raise conflict("allocation_exists", existing={"allocation": other.id})
    if any(_overlap(other.territory, territory) for other in others):
        raise conflict("allocation_counts_twice", at="/territory")


def _overlap(one: str | None, other: str | None) -> bool:
    """Whether one territory contains the other; None, the whole, contains all of them."""
    return (one or "").startswith(other or "") or (other or "").startswith(one or "")


def _state_of(source: AllocationState | Allocation) -> dict[str, Any]:
    return {name: getattr(source, name) for name in AllocationState.model_fields}


async def _append_revision(work: UnitOfWork, before: Allocation, after: Allocation) -> Allocation:
    await work.record(_describe_change("allocation.revised", after, before), _version_row(after))
    return after


def _version_row(granted: Allocation) -> PositionedRow:
    return PositionedRow(allocation, granted.model_dump(exclude={"external_ids"}))


def _describe_change(action: str, granted: Allocation, before: Allocation | None) -> Change:
    after = granted.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"allocations/{granted.id}", (FAMILY,), after, before=former, after=after)
