"""Programme tree of a report: the nodes known at a position, with their names on a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.programme.rules import Level
from miernik_calls.reports.bounds import BoundsMeasure
from miernik_shared.database import columns_of

# Nodes of some offices as known at a position, named as on a day; before a node's first version, by its first name.
_NODES = text("""
    select node_no, id, office, parent_no, level, code, sort_key, named.name, named.selection_mode, named.source_notes
    from programme_node
    cross join lateral (
        select name, selection_mode, source_notes from programme_node_version version
        where version.node_no = programme_node.node_no and version.position <= :position
        order by valid_from <= :as_of desc, case when valid_from <= :as_of then -version else version end
        limit 1
    ) named
    where programme_node.position <= :position
        and (cast(:offices as text[]) is null or office = any (:offices))
    order by office, sort_key, node_no
""")


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree. ``source_notes`` are stored with its version."""

    node_no: int
    id: UUID
    office: str
    parent_no: int | None
    level: Level
    code: str
    sort_key: str
    name: str
    selection_mode: str | None
    source_notes: list[dict[str, str]]


Nodes = Mapping[int, Node]
"""Nodes by surrogate key, in order of office and code."""


class Heading(BaseModel):
    """Heading above the rows, for the table's title: "Priorytet VII …", or the top of a tree without priorities."""

    office: str
    level: Level
    code: str
    name: str


async def read_nodes(connection: AsyncConnection, as_of: date, position: int, offices: Sequence[str] | None) -> Nodes:
    """Read all nodes of the offices, ``None`` for all. Trees are small."""
    parameters = {"as_of": as_of, "position": position, "offices": list(offices) if offices is not None else None}
    rows = await connection.execute(_NODES, parameters)
    return {row.node_no: Node(**columns_of(row)) for row in rows}


def with_ancestors(nodes: Nodes, node_no: int | None) -> Iterator[Node]:
    """The node and its ancestors, upwards."""
    while node_no is not None and (node := nodes.get(node_no)) is not None:
        yield node
        node_no = node.parent_no


def belongs_to(nodes: Nodes, node_no: int | None, code: str) -> bool:
    """Whether the node or one of its ancestors has the code."""
    return any(node.code == code for node in with_ancestors(nodes, node_no))


def list_headings(nodes: Nodes, numbers: Iterable[int | None]) -> list[Heading]:
    """Priorities above some nodes, in order. In an office without priorities, the roots above the nodes."""
    chains = [chain for number in numbers if (chain := list(with_ancestors(nodes, number)))]
    above = {node.node_no: node.office for chain in chains for node in chain if node.level == "priority"}
    titled = set(above.values())
    tops = {chain[-1].node_no for chain in chains if chain[-1].office not in titled}
    return [
        Heading(office=node.office, level=node.level, code=node.code, name=node.name)
        for number, node in nodes.items()
        if number in above or number in tops
    ]


def list_measures(nodes: Nodes) -> list[BoundsMeasure]:
    """Measures of the offices, in order."""
    return [
        BoundsMeasure(code=node.code, name=node.name, office=node.office)
        for node in nodes.values()
        if node.level == "measure"
    ]
