"""Applies calls' events a page at a time, as sets, and records what they change here."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.programme import queries
from miernik_contracts.programme.models import learnt_page
from miernik_contracts.recommended.queries import add_applications
from miernik_contracts.small_keys import next_number
from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.rebuild import Projection
from miernik_shared.changelog.record import Change, Origin, PositionedRow, record

PROJECTION = Projection("programme", ())
"""Empties nothing: see the package's description."""
FAMILY = "programme"
_SOURCE = "calls"
_NODE_ACTIONS = frozenset({"programme-node.defined", "programme-node.changed"})
_APPLICATIONS_CHANGED = "applications.changed"
_NODE_MEMBERS = ("id", "office", "code", "level", "parent_id", "name", "selection_mode", "version", "valid_from")
_APPLICATION_MEMBERS = (
    "id", "office", "number", "node_id", "accepted_on", "accepted_value_pln", "withdrawn_on", "rejected_on", "version",
)  # fmt: skip


async def apply_calls_page(connection: AsyncConnection, events: Sequence[Event]) -> bool:
    """Learns what the events tell; one change of our own log stands for the whole page, if it brought anything new."""
    page_no = await next_number(connection, learnt_page)
    nodes = await queries.add_nodes(connection, _node_rows(events), page_no)
    offices = await add_applications(connection, _application_rows(events), page_no)
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
        {name: told[name] for name in _APPLICATION_MEMBERS} | {"learnt_at": event.position}
        for event in events
        if event.action == _APPLICATIONS_CHANGED
        for told in event.data["applications"]
    ]
