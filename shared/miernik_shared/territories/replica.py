"""Replica of the territorial register: a projection of the events of the service that owns it.

An event of the register brings, for each voivodeship that it changes, all entries with their validity. They replace
what the replica had of that voivodeship, so the last event decides and a rebuild needs no order of editions.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.changelog.feed import Event
from miernik_shared.changelog.follower import ByPage, Follower
from miernik_shared.changelog.rebuild import Projection
from miernik_shared.service_client import ServiceClient
from miernik_shared.service_tokens import Caller
from miernik_shared.web.service import Service
from miernik_shared.web.standard_endpoints import FEED_SCOPE

PROVIDER = "indicators"
"""Service that owns the register."""
PROJECTION = "territories"
ACTIONS = frozenset({"territory.imported", "territory.annulled", "territory.restated"})
"""Events that bring entries, in their member ``voivodeships``; an early ``territory.imported`` has none."""

# Removes all entries of some voivodeships.
_EMPTY = text("delete from territory where left(code, 2) = any(cast(:codes as text[]))")
# Inserts the entries of some voivodeships. One JSON parameter is cheaper to build than arrays.
_FILL = text("""
    insert into territory (code, kind, valid_from, valid_to, level, name, kind_name, sort_key)
    select code, kind, valid_from, valid_to, level, name, kind_name, sort_key
    from json_to_recordset(cast(:rows as json)) as incoming (code text, kind text, valid_from date, valid_to date,
        level text, name text, kind_name text, sort_key text)
""")


def territory_projection(table: Table) -> Projection:
    """Projection whose rebuild empties the replica and fills it from the first event."""
    return Projection(PROJECTION, (table,))


def follow_register(service: Service, address: str) -> None:
    """Add the follower of the register to a service before it starts."""
    own = Caller(service.name, service.name, frozenset({FEED_SCOPE}))
    client = ServiceClient(PROVIDER, address, service.signer, own)
    service.clients.append(client)
    service.followers.append(
        Follower(PROJECTION, client, service.engine, service.tables.change_log, ByPage(apply_register_events))
    )


async def apply_register_events(connection: AsyncConnection, events: Sequence[Event]) -> bool:
    """Store the last state of each voivodeship in a page. False: nothing is recorded in our own log."""
    states = {
        voivodeship["code"]: voivodeship["entries"]
        for event in events
        if event.action in ACTIONS
        for voivodeship in event.data.get("voivodeships", ())
    }
    if states:
        rows: list[dict[str, Any]] = [entry for entries in states.values() for entry in entries]
        await connection.execute(_EMPTY, {"codes": list(states)})
        await connection.execute(_FILL, {"rows": orjson.dumps(rows).decode()})
    return False
