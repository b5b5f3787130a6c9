"""Definition and changes of nodes of the programme tree."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from miernik_calls.programme import queries
from miernik_calls.programme.models import programme_node, programme_node_version
from miernik_calls.programme.rules import code_sort_key, is_below, validate_root
from miernik_calls.programme.schemas import NewProgrammeNode, ProgrammeNode, ProgrammeNodeState
from miernik_calls.tables import tables
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, include_address_id, merge_external_ids
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, conflict, invalid, not_found, refuse_invalid
from miernik_shared.surrogate_keys import next_key
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.plausible_days import planned_days
from miernik_shared.web.revisions import revise
from miernik_shared.web.unit_of_work import UnitOfWork

external_ids = ExternalIdentifiers(tables.external_identifier, "programme-node")
FAMILY = "programme"


async def define_node(work: UnitOfWork, new: NewProgrammeNode, address: ExternalId | None = None) -> ProgrammeNode:
    """Add a node. Raises 422 for an invalid parent, 409 for a code or external id in use."""
    office = new.office or work.service.settings.home_voivodeship
    refuse_invalid(_validate_day(work, new))
    above = await _find_parent(work, office, new)
    await lock_key(work.connection, "programme_node", f"{office}/{new.code}")
    if await queries.find_by_code(work.connection, office, new.code):
        raise conflict("node_code_taken", at="/code", code=new.code, office=office)
    known = include_address_id(new.external_ids, address)
    node = ProgrammeNode(
        id=new_id(), office=office, level=new.level, code=new.code, parent=new.parent,
        parent_id=above.id if above else None, version=1, external_ids=merge_external_ids((), known), **_state_of(new),
    )  # fmt: skip
    await external_ids.add(work.connection, node.id, known)
    node_no = await next_key(work.connection, programme_node)
    identity = node.model_dump(include={"id", "office", "level", "code"}) | {
        "node_no": node_no,
        "parent_no": above.node_no if above else None,
        "sort_key": code_sort_key(new.code),
    }
    change = _describe_change("programme-node.defined", node, None)
    await work.record(change, PositionedRow(programme_node, identity), _version_row(node_no, node))
    return node


async def change_node(
    work: UnitOfWork, row: AnyRow, state: ProgrammeNodeState, further: Sequence[ExternalId] = ()
) -> ProgrammeNode:
    """Append a version of a node. Needs ``If-Match``; an equal state changes nothing."""
    await lock_key(work.connection, "programme_node", f"{row.office}/{row.code}")
    row = await find_node(work, row.id)

    async def refuse_earlier_day(before: ProgrammeNode) -> None:
        if state.valid_from < before.valid_from:
            raise conflict("version_not_later", valid_from=before.valid_from.isoformat())

    return await revise(
        work,
        row,
        _state_of(state),
        external_ids=external_ids,
        render=render_node,
        errors=_validate_day(work, state),
        check=refuse_earlier_day,
        append=partial(_append_version, work, row.node_no),
        further=further,
    )


async def upsert_node(work: UnitOfWork, address: ExternalId, new: NewProgrammeNode) -> tuple[ProgrammeNode, bool]:
    """Define or change the node with an external id. The flag is true if it was defined."""
    node_id = await external_ids.find(work.connection, address)
    if node_id is None:
        work.refuse_if_match()
        return await define_node(work, new, address), True
    row = await find_node(work, node_id)
    office = new.office or work.service.settings.home_voivodeship
    if (office, new.level, new.code, new.parent) != (row.office, row.level, row.code, row.parent):
        raise conflict("node_identity_changed", code=row.code)
    return await change_node(work, row, new, new.external_ids), False


async def find_node(work: UnitOfWork, node_id: UUID) -> AnyRow:
    """Return the identity and latest version of a node. Raises 404."""
    row = await queries.find_by_id(work.connection, node_id)
    if row is None:
        raise not_found("node_not_found")
    return row


async def render_nodes(work: UnitOfWork, rows: Sequence[AnyRow]) -> list[ProgrammeNode]:
    """API models of nodes, with their external ids."""
    known = await external_ids.read_by_entity(work.connection, [row.id for row in rows])
    return [render_node(row, known[row.id]) for row in rows]


def render_node(row: AnyRow, known_ids: list[ExternalId]) -> ProgrammeNode:
    """API model of a row of :func:`queries.select_current_nodes`."""
    return ProgrammeNode.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _find_parent(work: UnitOfWork, office: str, new: NewProgrammeNode) -> AnyRow | None:
    if new.parent is None:
        refuse_invalid(validate_root(new.level))
        return None
    row = await queries.find_by_code(work.connection, office, new.parent)
    if row is None:
        raise invalid("/parent", "node_unknown", code=new.parent, office=office)
    if not is_below(new.level, row.level):
        raise invalid("/level", "level_not_below_parent", parent=row.code)
    return row


def _validate_day(work: UnitOfWork, state: ProgrammeNodeState) -> list[FieldError]:
    return list(planned_days(work.today).find_faults({"/valid_from": state.valid_from}))


def _state_of(source: ProgrammeNodeState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ProgrammeNodeState.model_fields}


async def _append_version(work: UnitOfWork, node_no: int, before: ProgrammeNode, after: ProgrammeNode) -> ProgrammeNode:
    await work.record(_describe_change("programme-node.changed", after, before), _version_row(node_no, after))
    return after


def _version_row(node_no: int, node: ProgrammeNode) -> PositionedRow:
    notes = [note.model_dump() for note in node.source_notes]
    values = _state_of(node) | {"node_no": node_no, "version": node.version, "source_notes": notes}
    return PositionedRow(programme_node_version, values)


def _describe_change(action: str, node: ProgrammeNode, before: ProgrammeNode | None) -> Change:
    after = node.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"programme-nodes/{node.id}", (FAMILY,), after, before=former, after=after)
