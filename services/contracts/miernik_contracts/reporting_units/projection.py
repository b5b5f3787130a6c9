"""Applies indicators' events about reporting units, a page at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.reporting_units.models import reporting_unit
from miernik_shared.changelog.feed import PAGE, Event
from miernik_shared.changelog.rebuild import Projection

PROJECTION = Projection("reporting_units", (reporting_unit,))
_ACTIONS = frozenset({"reporting-unit.registered", "reporting-unit.changed"})
_MEMBERS = ("id", "code", "kind", "name", "territory", "active_from", "active_to", "version")
# One parameter: what Postgres takes to read it is less than what arrays take to be put together here.
_TAKE_OVER = text("""
    insert into reporting_unit (id, code, kind, name, territory, active_from, active_to, version, learnt_at)
    select id, code, kind, name, territory, active_from, active_to, version, learnt_at
    from json_to_recordset(cast(:told as json)) as told (id uuid, code text, kind text, name text, territory text,
        active_from date, active_to date, version int, learnt_at bigint)
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
            await connection.execute(_TAKE_OVER, {"told": _rows(portion.values())})
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


def _rows(events: Iterable[Event]) -> str:
    """Only what is taken over, and all of it: a member that is not there must stop the feed."""
    rows = [_taken_over(event.data) | {"learnt_at": event.position} for event in events]
    return orjson.dumps(rows).decode()


def _taken_over(state: dict[str, Any]) -> dict[str, Any]:
    return {member: state[member] for member in _MEMBERS}
