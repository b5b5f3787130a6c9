"""SQL of the programme tree."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.programme.models import programme_node, programme_node_version
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

parent = programme_node.alias("parent")
_NODE = programme_node.c
NODE_ORDER = Keyset("programme-nodes", (_NODE.office, _NODE.sort_key, _NODE.node_no), (str, str, int))
"""Order of nodes in lists: by office, then by the parts of their code."""


def select_current_nodes() -> AnySelect:
    """Nodes with their latest version and their parent's code and id."""
    version = programme_node_version.c
    later = programme_node_version.alias("later")
    is_latest = ~(
        select(later.c.version).where(later.c.node_no == version.node_no, later.c.version > version.version).exists()
    )
    joined = programme_node.join(
        programme_node_version, and_(version.node_no == programme_node.c.node_no, is_latest)
    ).outerjoin(parent, parent.c.node_no == programme_node.c.parent_no)
    columns = [version.version, version.name, version.selection_mode, version.source_notes, version.valid_from]
    above = [parent.c.code.label("parent"), parent.c.id.label("parent_id")]
    return select(programme_node, *columns, *above).select_from(joined)


# One node by its public id, and one by its code.
_BY_ID = select_current_nodes().where(programme_node.c.id == bindparam("id"))
_BY_CODE = select_current_nodes().where(
    programme_node.c.office == bindparam("office"), programme_node.c.code == bindparam("code")
)

# First day from which each node of an office, or one above it, stood.
_STARTS = text("""
    with recursive path as (
        select node_no, node_no as above_no, parent_no from programme_node where office = :office
        union all
        select path.node_no, above.node_no, above.parent_no
        from path join programme_node above on above.node_no = path.parent_no
    )
    select path.node_no, min(valid_from) as start
    from path join programme_node_version version on version.node_no = path.above_no
    group by path.node_no
""")


async def read_starts(connection: AsyncConnection, office: str) -> dict[int, date]:
    """First day of the recorded programme by node of an office: of the node itself or of one above it."""
    return {row.node_no: row.start for row in await connection.execute(_STARTS, {"office": office})}


async def find_by_id(connection: AsyncConnection, node_id: UUID) -> AnyRow | None:
    """One node by its public id."""
    return (await connection.execute(_BY_ID, {"id": node_id})).one_or_none()


async def find_by_code(connection: AsyncConnection, office: str, code: str) -> AnyRow | None:
    """One node by its code, which is unique in its office."""
    return (await connection.execute(_BY_CODE, {"office": office, "code": code})).one_or_none()


async def list_nodes(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the nodes that pass the filters."""
    return await read_page(connection, select_current_nodes().where(*filters), NODE_ORDER, paging)
