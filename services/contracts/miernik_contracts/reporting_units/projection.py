"""Applies indicators' events about reporting units."""

from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.reporting_units.models import reporting_unit
from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.rebuild import Projection

PROJECTION = Projection("reporting_units", (reporting_unit,))
_ACTIONS = frozenset({"reporting-unit.registered", "reporting-unit.changed"})


async def apply_unit_event(connection: AsyncConnection, event: Event) -> None:
    """Takes over the state of a unit; other events are passed over."""
    if event.action not in _ACTIONS:
        return
    state = {
        "code": event.data["code"],
        "kind": event.data["kind"],
        "name": event.data["name"],
        "territory": event.data["territory"],
        "active_from": date.fromisoformat(event.data["active_from"]),
        "active_to": date.fromisoformat(event.data["active_to"]) if event.data["active_to"] else None,
        "version": event.data["version"],
        "learnt_at": event.position,
    }
    row = insert(reporting_unit).values(id=UUID(event.data["id"]), **state)
    await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=state))
