"""Projection of calls' events: applies a page at a time, as sets, and records what changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.followers import queries
from miernik_contracts.followers.models import learnt_page
from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.rebuild import Projection
from miernik_shared.changelog.record import Change, Origin, PositionedRow, record
from miernik_shared.surrogate_keys import next_key

PROJECTION = Projection("programme", ())
"""No table to empty: see the package's description."""
FAMILY = "programme"
_SOURCE = "calls"
_NODE_ACTIONS = frozenset({"programme-node.defined", "programme-node.changed"})
_APPLICATION_ACTIONS = frozenset({"applications.changed", "applications.annulled"})
_NODE_MEMBERS = ("id", "office", "code", "level", "parent_id", "name", "selection_mode", "version", "valid_from")
_APPLICATION_MEMBERS = (
    "id", "office", "number", "node_id", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on", "version",
)  # fmt: skip


async def apply_calls_page(connection: AsyncConnection, events: Sequence[Event]) -> bool:
    """Store the new states in a page of events; record one change for the whole page if there are any.

    True if a change was recorded.
    """
    page_no = await next_key(connection, learnt_page)
    nodes = await queries.add_nodes(connection, _node_rows(events), page_no)
    offices = await queries.add_applications(connection, _application_rows(events), page_no)
    if not nodes and not offices:
        return False
    up_to = events[-1].position
    header = PositionedRow(learnt_page, {"page_no": page_no, "source": _SOURCE, "up_to": up_to})
    data = {"source": _SOURCE, "up_to": up_to, "nodes": nodes, "applications": len(offices)}
    families = [*([FAMILY] if nodes else []), *(f"recommended:{office}" for office in sorted(set(offices)))]
    change = Change("programme.learnt", f"learnt-pages/{page_no}", tuple(families), data, after=data)
    await record(connection, Origin("contracts", f"{_SOURCE}-{up_to}"), change, [header])
    return True


def _node_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {name: event.data[name] for name in _NODE_MEMBERS} | {"learnt_at": event.position}
        for event in events
        if event.action in _NODE_ACTIONS
    ]


def _application_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {name: state[name] for name in _APPLICATION_MEMBERS}
        # Events from before applications could be annulled lack the member.
        | {"annulled": state.get("annulled", False), "learnt_at": event.position}
        for event in events
        if event.action in _APPLICATION_ACTIONS
        for state in event.data["applications"]
    ]
