"""SQL of what was learnt from calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import columns_of

# Of what several pages understood of one event, the last one counts.
_NODES = text("""
    select distinct on (state.id, state.version) state.id, office, code, level, parent_id, name, selection_mode,
        version, valid_from
    from programme_node_state state join learnt_page using (page_no)
    where (cast(:position as bigint) is null or learnt_page.position <= :position)
        and (cast(:office as text) is null or state.office = :office)
    order by state.id, state.version, learnt_at desc, page_no desc
""")
_AROUND = text("""
    select distinct on (id, version) id, office, code, level, parent_id, name, selection_mode, version, valid_from
    from programme_node_state
    where office = (select office from programme_node_state where id = :id limit 1)
    order by id, version, learnt_at desc, page_no desc
""")
_ADD_NODES = text("""
    insert into programme_node_state (id, learnt_at, page_no, office, code, level, parent_id, name, selection_mode,
        version, valid_from)
    select id, learnt_at, :page_no, office, code, level, parent_id, name, selection_mode, version, valid_from
    from jsonb_to_recordset(cast(:rows as jsonb)) as told (id uuid, learnt_at bigint, office text, code text,
        level text, parent_id uuid, name text, selection_mode text, version integer, valid_from date)
    where not exists (
        select from (
            select * from programme_node_state known
            where known.id = told.id and known.learnt_at = told.learnt_at order by page_no desc limit 1
        ) known
        where (known.office, known.code, known.level, known.parent_id, known.name, known.selection_mode,
                known.version, known.valid_from)
            is not distinct from (told.office, told.code, told.level, told.parent_id, told.name, told.selection_mode,
                told.version, told.valid_from)
    )
""")


@dataclass(frozen=True, slots=True)
class NodeState:
    """One version of a node of the programme tree."""

    id: UUID
    office: str
    code: str
    level: Literal["programme", "priority", "measure", "sub_measure"]
    parent_id: UUID | None
    name: str
    selection_mode: Literal["systemic", "competitive"] | None
    version: int
    valid_from: date


async def node_states(
    connection: AsyncConnection, office: str | None = None, position: int | None = None
) -> list[NodeState]:
    """All versions of all nodes, of one office or all, as known at a position."""
    rows = await connection.execute(_NODES, {"office": office, "position": position})
    return [NodeState(**columns_of(row)) for row in rows]


async def nodes_around(connection: AsyncConnection, node_id: UUID) -> list[NodeState] | None:
    """All versions of all nodes of the office that a node belongs to; ``None`` for a node that was not learnt."""
    rows = await connection.execute(_AROUND, {"id": node_id})
    return [NodeState(**columns_of(row)) for row in rows] or None


async def add_nodes(connection: AsyncConnection, rows: Sequence[dict[str, Any]], page_no: int) -> int:
    """Adds the states that are not known from the same event; how many there were."""
    if not rows:
        return 0
    parameters = {"rows": orjson.dumps(rows).decode(), "page_no": page_no}
    return (await connection.execute(_ADD_NODES, parameters)).rowcount
