"""Projection of indicators' events about reporting units: applies a page at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.followers.models import reporting_unit
from miernik_contracts.followers.queries import upsert_units
from miernik_shared.changelog.feed import PAGE, Event
from miernik_shared.changelog.rebuild import Projection

PROJECTION = Projection("reporting_units", (reporting_unit,))
_ACTIONS = frozenset({"reporting-unit.registered", "reporting-unit.changed"})
_MEMBERS = ("id", "code", "kind", "name", "territory", "active_from", "active_to", "version")


async def apply_unit_events(connection: AsyncConnection, events: Sequence[Event]) -> bool:
    """Store the units' states in order; skip other events. False: nothing is recorded in our own log.

    A full page comes only to a follower far behind. Of such a page only the last state of each unit is written, since
    the same transaction would replace the others.
    """
    about_units = [event for event in events if event.action in _ACTIONS]
    last = {event.data["id"]: event for event in about_units}
    for batch in [last] if len(events) >= PAGE else _split_by_unit(about_units):
        if batch:
            await upsert_units(connection, _unit_rows(batch.values()))
    return False


def _split_by_unit(events: Sequence[Event]) -> Iterator[dict[str, Event]]:
    """Batches in order with each unit at most once, since one statement cannot write a row twice."""
    batch: dict[str, Event] = {}
    for event in events:
        if event.data["id"] in batch:
            yield batch
            batch = {}
        batch[event.data["id"]] = event
    yield batch


def _unit_rows(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Replicated members only, and all of them: a missing member must stop the feed."""
    return [{member: event.data[member] for member in _MEMBERS} | {"learnt_at": event.position} for event in events]
