"""Defining and changing nodes of the programme tree."""

from collections.abc import Sequence
from typing import Any

from miernik_calls.programme import queries
from miernik_calls.programme.models import programme_node, programme_node_version
from miernik_calls.programme.rules import code_sort_key, is_below, root_faults
from miernik_calls.programme.schemas import NewProgrammeNode, ProgrammeNode, ProgrammeNodeState
from miernik_calls.small_keys import next_number
from miernik_calls.tables import tables
from miernik_calls.versions import identifiers, lock, refuse, refuse_if_match_of_nothing, version_etag
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.database import AnyRow, columns_of
from miernik_shared.external_ids import ExternalId, ExternalIdentifiers, joined
from miernik_shared.identifiers import new_id
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.free_texts import STORED
from miernik_shared.web.work import Work

external_ids = ExternalIdentifiers(tables.external_identifier, "programme-node")
FAMILY = "programme"


async def define_node(work: Work, new: NewProgrammeNode, address: ExternalId | None = None) -> ProgrammeNode:
    """Adds a node. Raises 422 for a parent that is none, 409 for a code or external id that is taken."""
    office = new.office or work.service.settings.home_voivodeship
    above = await _parent(work, office, new)
    await lock(work.connection, "programme_node", f"{office}/{new.code}")
    if await queries.find_by_code(work.connection, office, new.code):
        params = {"code": new.code, "office": office}
        raise Problem(409, "node_code_taken", params, [FieldError("/code", "node_code_taken", params)])
    known = identifiers(new.external_ids, address)
    node = ProgrammeNode(
        id=new_id(), office=office, level=new.level, code=new.code, parent=new.parent,
        parent_id=above.id if above else None, version=1, external_ids=joined((), known), **_state(new),
    )  # fmt: skip
    await external_ids.add(work.connection, node.id, known)
    node_no = await next_number(work.connection, programme_node)
    identity = node.model_dump(include={"id", "office", "level", "code"}) | {
        "node_no": node_no,
        "parent_no": above.node_no if above else None,
        "sort_key": code_sort_key(new.code),
    }
    change = _change("programme-node.defined", node, None)
    await work.record(change, FactHeader(programme_node, identity), _version_header(node_no, node))
    return node


async def change_node(
    work: Work, row: AnyRow, state: ProgrammeNodeState, further: Sequence[ExternalId] = ()
) -> ProgrammeNode:
    """Appends a version of a node. Needs ``If-Match``; an equal state changes nothing."""
    await lock(work.connection, "programme_node", f"{row.office}/{row.code}")
    row = await queries.find_by_id(work.connection, row.id) or row
    work.require_match(version_etag(row.version))
    known = (await external_ids.of(work.connection, [row.id]))[row.id]
    before = node_of(row, known)
    external = joined(known, further)
    if _state(before) == _state(state) and len(external) == len(known):
        work.unchanged = True
        return before
    if state.valid_from < row.valid_from:
        raise Problem(409, "version_not_later", {"valid_from": row.valid_from.isoformat()})
    await external_ids.add(work.connection, row.id, further)
    node = before.model_copy(update={**_state(state), "external_ids": external, "version": row.version + 1})
    await work.record(_change("programme-node.changed", node, before), _version_header(row.node_no, node))
    return node


async def upsert_node(work: Work, address: ExternalId, new: NewProgrammeNode) -> tuple[ProgrammeNode, bool]:
    """Defines or changes the node that another system knows under its own number. True if it was defined."""
    node_id = await external_ids.find(work.connection, address)
    if node_id is None:
        refuse_if_match_of_nothing(work.if_match)
        return await define_node(work, new, address), True
    row = await queries.find_by_id(work.connection, node_id)
    if row is None:
        raise Problem(404, "node_not_found")
    office = new.office or work.service.settings.home_voivodeship
    if (office, new.level, new.code, new.parent) != (row.office, row.level, row.code, row.parent):
        raise Problem(409, "node_identity_changed", {"code": row.code})
    return await change_node(work, row, new, new.external_ids), False


def node_of(row: AnyRow, known_ids: list[ExternalId]) -> ProgrammeNode:
    """The API's view of a row of :func:`queries.current_nodes`."""
    return ProgrammeNode.model_validate(columns_of(row) | {"external_ids": known_ids}, extra="ignore", context=STORED)


async def _parent(work: Work, office: str, new: NewProgrammeNode) -> AnyRow | None:
    if new.parent is None:
        refuse(root_faults(new.level))
        return None
    row = await queries.find_by_code(work.connection, office, new.parent)
    if row is None:
        refuse([FieldError("/parent", "node_unknown", {"code": new.parent, "office": office})])
    elif not is_below(new.level, row.level):
        refuse([FieldError("/level", "level_not_below_parent", {"parent": row.code})])
    return row


def _state(source: ProgrammeNodeState) -> dict[str, Any]:
    return {name: getattr(source, name) for name in ProgrammeNodeState.model_fields}


def _version_header(node_no: int, node: ProgrammeNode) -> FactHeader:
    notes = [note.model_dump() for note in node.source_notes]
    values = _state(node) | {"node_no": node_no, "version": node.version, "source_notes": notes}
    return FactHeader(programme_node_version, values)


def _change(action: str, node: ProgrammeNode, before: ProgrammeNode | None) -> Change:
    after = node.model_dump(mode="json")
    former = before.model_dump(mode="json") if before else None
    return Change(action, f"programme-nodes/{node.id}", (FAMILY,), after, before=former, after=after)
