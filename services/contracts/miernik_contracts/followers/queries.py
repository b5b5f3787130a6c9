"""SQL of the replicas: storing states, and reading the nodes and applications that writes need."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.followers.states import ApplicationState, NodeState
from miernik_contracts.progress.queries import APPLY
from miernik_contracts.progress.rollup import NO_NODE
from miernik_shared.database import columns_of

# Every version of every node, as known at a position. Of several states from one event the last stored one counts.
_NODES = text("""
    select distinct on (state.id, state.version) state.id, office, code, level, parent_id, name, selection_mode,
        version, valid_from
    from programme_node_state state join learnt_page using (page_no)
    where (cast(:position as bigint) is null or learnt_page.position <= :position)
        and (cast(:office as text) is null or state.office = :office)
    order by state.id, state.version, learnt_at desc, page_no desc
""")
# Every version of every node in the office of one node, as known now.
_NODES_OF_OFFICE = text("""
    select distinct on (id, version) id, office, code, level, parent_id, name, selection_mode, version, valid_from
    from programme_node_state
    where office = (select office from programme_node_state where id = :id limit 1)
    order by id, version, learnt_at desc, page_no desc
""")
# Stores node states, but for those stored last from the same event with equal content.
_ADD_NODES = text("""
    insert into programme_node_state (id, learnt_at, page_no, office, code, level, parent_id, name, selection_mode,
        version, valid_from)
    select id, learnt_at, :page_no, office, code, level, parent_id, name, selection_mode, version, valid_from
    from jsonb_to_recordset(cast(:rows as jsonb)) as incoming (id uuid, learnt_at bigint, office text, code text,
        level text, parent_id uuid, name text, selection_mode text, version integer, valid_from date)
    where not exists (
        select from (
            select * from programme_node_state stored
            where stored.id = incoming.id and stored.learnt_at = incoming.learnt_at order by page_no desc limit 1
        ) stored
        where (stored.office, stored.code, stored.level, stored.parent_id, stored.name, stored.selection_mode,
                stored.version, stored.valid_from)
            is not distinct from (incoming.office, incoming.code, incoming.level, incoming.parent_id, incoming.name,
                incoming.selection_mode, incoming.version, incoming.valid_from)
    )
""")
# Advisory locks of applications: 64 for all of them, since one each for a whole list would fill the lock table.
_LOCK_APPLICATIONS = text("""
    select pg_advisory_xact_lock(hashtext('application'), bucket)
    from (
        select distinct hashtext(id::text) & 63 as bucket from unnest(cast(:ids as uuid[])) as id order by bucket
    ) buckets
""")
# Latest state of one application.
_LATEST_APPLICATION = text("""
    select id, office, number, node_id, accepted_on, accepted_value_pln, withdrawn_on, rejected_on, annulled
    from application_state where id = :id order by learnt_at desc, page_no desc limit 1
""")
_INCOMING = """
    select id, learnt_at, cast(:page_no as integer) as page_no, office, number, node_id, accepted_on,
        accepted_value_pln, withdrawn_on, rejected_on, version, annulled
    from jsonb_to_recordset(cast(:rows as jsonb)) as incoming (id uuid, learnt_at bigint, office text, number text,
        node_id uuid, accepted_on date, accepted_value_pln numeric(18, 2), withdrawn_on date, rejected_on date,
        version integer, annulled boolean)
"""
# Stores application states, but for those stored last from the same event with equal content; the office of each.
_ADD_APPLICATIONS = text(f"""
    insert into application_state (id, learnt_at, page_no, office, number, node_id, accepted_on, accepted_value_pln,
        withdrawn_on, rejected_on, version, annulled)
    select * from ({_INCOMING}) incoming
    where not exists (
        select from (
            select * from application_state stored
            where stored.id = incoming.id and stored.learnt_at = incoming.learnt_at order by page_no desc limit 1
        ) stored
        where (stored.office, stored.number, stored.node_id, stored.accepted_on, stored.accepted_value_pln,
                stored.withdrawn_on, stored.rejected_on, stored.version, stored.annulled)
            is not distinct from (incoming.office, incoming.number, incoming.node_id, incoming.accepted_on,
                incoming.accepted_value_pln, incoming.withdrawn_on, incoming.rejected_on, incoming.version,
                incoming.annulled)
    )
    returning office
""")
_STEPS = """
    select office, coalesce(node_id, cast(:no_node as uuid)) as node_id, step.*
    from {states} state
    left join (
        select application_id, min(signed_on) as signed_on from agreement
        where application_id in (select id from incoming) and not annulled group by application_id
    ) signed on signed.application_id = state.id
    cross join lateral (select least(signed_on, withdrawn_on, rejected_on) as ended_on) life
    cross join lateral (values
        ('accepted', accepted_on, {sign}, {sign} * accepted_value_pln),
        ('recommended', case when ended_on <= accepted_on then null else accepted_on end, {sign},
            {sign} * accepted_value_pln),
        ('recommended', case when ended_on <= accepted_on then null else ended_on end, -({sign}),
            -({sign}) * accepted_value_pln)
    ) step (kind, effective_on, number, value_pln)
    where accepted_on is not null and not annulled and step.effective_on is not null
"""
# Adds to the rollup the steps of the incoming applications' newest states, less those of their stored states.
_ROLL_UP = text(f"""
    with incoming as ({_INCOMING}),
    stored as (
        select distinct on (id) * from application_state where id in (select id from incoming)
        order by id, learnt_at desc, page_no desc
    ), newest as (
        select distinct on (id) * from (select * from stored union all select * from incoming) either
        order by id, learnt_at desc, page_no desc
    ), difference as (
        {_STEPS.format(states="newest", sign="1")}
        union all
        {_STEPS.format(states="stored", sign="-1")}
    )
    {APPLY}
""")
# Latest state of each reporting unit. One JSON parameter is cheaper to build here than arrays.
_UPSERT_UNITS = text("""
    insert into reporting_unit (id, code, kind, name, territory, active_from, active_to, version, learnt_at)
    select id, code, kind, name, territory, active_from, active_to, version, learnt_at
    from json_to_recordset(cast(:rows as json)) as incoming (id uuid, code text, kind text, name text, territory text,
        active_from date, active_to date, version int, learnt_at bigint)
    on conflict (id) do update set code = excluded.code, kind = excluded.kind, name = excluded.name,
        territory = excluded.territory, active_from = excluded.active_from, active_to = excluded.active_to,
        version = excluded.version, learnt_at = excluded.learnt_at
""")


async def node_states(
    connection: AsyncConnection, office: str | None = None, position: int | None = None
) -> list[NodeState]:
    """All versions of all nodes, of one office or all, as known at a position."""
    rows = await connection.execute(_NODES, {"office": office, "position": position})
    return [NodeState(**columns_of(row)) for row in rows]


async def nodes_around(connection: AsyncConnection, node_id: UUID) -> list[NodeState] | None:
    """All versions of all nodes of a node's office; None for a node that is not replicated."""
    rows = await connection.execute(_NODES_OF_OFFICE, {"id": node_id})
    return [NodeState(**columns_of(row)) for row in rows] or None


async def add_nodes(connection: AsyncConnection, rows: Sequence[dict[str, Any]], page_no: int) -> int:
    """Store new node states; return their number."""
    if not rows:
        return 0
    parameters = {"rows": orjson.dumps(rows).decode(), "page_no": page_no}
    return (await connection.execute(_ADD_NODES, parameters)).rowcount


async def lock_applications(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Lock applications until the transaction ends. Every writer of their steps in the rollup needs the lock."""
    await connection.execute(_LOCK_APPLICATIONS, {"ids": list(ids)})


async def find_application(connection: AsyncConnection, application_id: UUID) -> ApplicationState | None:
    """Latest replicated state of an application."""
    row = (await connection.execute(_LATEST_APPLICATION, {"id": application_id})).one_or_none()
    return ApplicationState(**columns_of(row)) if row else None


async def add_applications(connection: AsyncConnection, rows: Sequence[dict[str, Any]], page_no: int) -> list[str]:
    """Store new application states and their steps in the rollup; return the office of each stored state."""
    if not rows:
        return []
    parameters = {"rows": orjson.dumps(rows).decode(), "page_no": page_no}
    await lock_applications(connection, [UUID(row["id"]) for row in rows])
    await connection.execute(_ROLL_UP, parameters | {"no_node": NO_NODE})
    return list((await connection.execute(_ADD_APPLICATIONS, parameters)).scalars())


async def upsert_units(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Store the latest states of reporting units, at most one a unit."""
    await connection.execute(_UPSERT_UNITS, {"rows": orjson.dumps(rows).decode()})
