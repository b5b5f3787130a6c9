"""Granting and revising allocations."""

from collections.abc import Sequence
from typing import Any

from miernik_contracts.allocations import queries
from miernik_contracts.allocations.models import allocation
from miernik_contracts.allocations.schemas import Allocation, AllocationState, NewAllocation
from miernik_contracts.followers.waiting import load_tree_with
from miernik_contracts.limit_locks import lock_limits_exclusive
from miernik_contracts.tables import tables
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.teryt import TerritoryCode
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "allocation")
FAMILY = "allocations"


def allocation_etag(revision: int) -> str:
    """ETag of a revision."""
    return f'"v{revision}"'


async def grant(work: UnitOfWork, new: NewAllocation, address: ExternalId | None = None) -> Allocation:
    """Adds an allocation. Raises 422 for an unknown node or territory, 409 where money would count twice."""
    _, node = await load_tree_with(work, new.node_id)
    territory = _territory(new.territory, node.office)
    await lock_limits_exclusive(work.connection)
    await _refuse_counting_twice(work, new, territory)
    known = [*new.external_ids, *([address] if address else [])]
    granted = Allocation(
        id=new_id(), node_id=node.id, office=node.office, territory=territory, revision=1,
        external_ids=merge_external_ids((), known), **_state(new),
    )  # fmt: skip
    await external_ids.add(work.connection, granted.id, known)
    await work.record(_change("allocation.granted", granted, None), _header(granted))
    return granted


async def revise(
    work: UnitOfWork, row: AnyRow, state: AllocationState, further: Sequence[ExternalId] = ()
) -> Allocation:
    """Appends a revision. Needs ``If-Match``; an equal state changes nothing."""
    await lock_limits_exclusive(work.connection)
    row = await queries.find_current(work.connection, row.id) or row
    work.require_match(allocation_etag(row.revision))
    known = (await external_ids.read_by_entity(work.connection, [row.id]))[row.id]
    before = allocation_of(row, known)
    external = merge_external_ids(known, further)
    if _state(before) == _state(state) and len(external) == len(known):
        work.unchanged = True
        return before
    await external_ids.add(work.connection, row.id, further)
    revised = before.model_copy(update={**_state(state), "external_ids": external, "revision": row.revision + 1})
    await work.record(_change("allocation.revised", revised, before), _header(revised))
    return revised


async def upsert(work: UnitOfWork, address: ExternalId, new: NewAllocation) -> tuple[Allocation, bool]:
    """Grants or revises the allocation that another system knows under its own number. True if it was granted."""
    allocation_id = await external_ids.find(work.connection, address)
    if allocation_id is None:
        if work.if_match is not None:
            raise Problem(412, "if_match_stale", {"current": "–"})
        return await grant(work, new, address), True
    row = await queries.find_current(work.connection, allocation_id)
    if row is None:
        raise Problem(404, "allocation_not_found")
    if (new.node_id, _territory(new.territory, row.office)) != (row.node_id, row.territory):
        raise Problem(409, "allocation_identity_changed")
    return await revise(work, row, new, new.external_ids), False


def allocation_of(row: AnyRow, known_ids: list[ExternalId]) -> Allocation:
    """The API's view of a revision."""
    return Allocation.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


def _territory(text: str | None, office: str) -> str | None:
    if text is None:
        return None
    try:
        code = TerritoryCode.parse(text)
    except ValueError:
        raise Problem(422, "request_invalid", errors=[FieldError("/territory", "territory_malformed")]) from None
    if code.voivodeship != office or not code.is_reporting_kind:
        error = FieldError("/territory", "territory_of_other_office", {"office": office})
        raise Problem(422, "request_invalid", errors=[error])
    return code.code


async def _refuse_counting_twice(work: UnitOfWork, new: NewAllocation, territory: str | None) -> None:
    """A node's allocation is the sum of its rows: one whole, or shares of territories of which none lies in another."""
    others = await queries.first_revisions_of_node(work.connection, new.node_id)
    for other in others:
        if other.territory == territory:
            raise Problem(409, "allocation_exists", members={"allocation": str(other.id)})
    if any(_overlap(other.territory, territory) for other in others):
        raise Problem(409, "allocation_counts_twice", errors=[FieldError("/territory", "allocation_counts_twice")])


def _overlap(one: str | None, other: str | None) -> bool:
    """Whether a share lies in another; the whole, which names no territory, holds all of them."""
    return (one or "").startswith(other or "") or (other or "").startswith(one or "")


def _state(source: AllocationState | Allocation) -> dict[str, Any]:
    return {name: getattr(source, name) for name in AllocationState.model_fields}


def _header(granted: Allocation) -> PositionedRow:
    return PositionedRow(allocation, granted.model_dump(exclude={"external_ids"}))


def _change(action: str, granted: Allocation, before: Allocation | None) -> Change:
    after = granted.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"allocations/{granted.id}", (FAMILY,), after, before=former, after=after)
