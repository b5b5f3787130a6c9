"""Applies indicators' events about reporting units, a page at a time."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.reporting_units.models import reporting_unit
from miernik_shared.changelog.feed import PAGE, Event
from miernik_shared.changelog.rebuild import Projection

PROJECTION = Projection("reporting_units", (reporting_unit,))
_ACTIONS = frozenset({"reporting-unit.registered", "reporting-unit.changed"})
_MEMBERS = ("id", "code", "kind", "name", "territory", "active_from", "active_to", "version")
# One array a column: a statement with a parameter for each value takes longer to put together than to run.
_TAKE_OVER = text("""
    insert into reporting_unit (id, code, kind, name, territory, active_from, active_to, version, learnt_at)
    select * from unnest(cast(:id as uuid[]), cast(:code as text[]), cast(:kind as text[]), cast(:name as text[]),
        cast(:territory as text[]), cast(:active_from as date[]), cast(:active_to as date[]), cast(:version as int[]),
        cast(:learnt_at as bigint[]))
    on conflict (id) do update set code = excluded.code, kind = excluded.kind, name = excluded.name,
        territory = excluded.territory, active_from = excluded.active_from, active_to = excluded.active_to,
        version = excluded.version, learnt_at = excluded.learnt_at
""")


async def apply_unit_events(connection: AsyncConnection, events: Sequence[Event]) -> bool:
    """Takes over the states of units; other events are passed over. Nothing is recorded in our own log.

    States are written in their order. Of a page that only a follower far behind is sent, just the last state of each
    unit is: nobody reads the others, which the same transaction would replace.
    """
    told = [event for event in events if event.action in _ACTIONS]
    last = {event.data["id"]: event for event in told}
    for portion in [last] if len(events) >= PAGE else _each_unit_once(told):
        if portion:
            await connection.execute(_TAKE_OVER, _columns(portion.values()))
    return False


def _each_unit_once(events: Sequence[Event]) -> Iterator[dict[str, Event]]:
    """Portions in order, since one statement cannot write a row twice."""
    portion: dict[str, Event] = {}
    for event in events:
        if event.data["id"] in portion:
            yield portion
            portion = {}
        portion[event.data["id"]] = event
    yield portion


def _columns(events: Collection[Event]) -> dict[str, list[Any]]:
    states = [event.data for event in events]
    columns = {member: [state[member] for state in states] for member in _MEMBERS}
    return columns | {"learnt_at": [event.position for event in events]}
