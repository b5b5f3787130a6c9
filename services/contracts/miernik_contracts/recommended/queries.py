"""SQL of the applications as learnt, and of the rollup's rows that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.queries import ANNULLED
from miernik_contracts.progress.rollup import APPLY, NO_NODE
from miernik_contracts.recommended.rules import ApplicationState
from miernik_shared.database import AnyRow, columns_of

APPLICATIONS_ON = f"""
    select state.*, signed.signed_on, least(signed.signed_on, withdrawn_on, rejected_on) as ended_on
    from (
        select distinct on (id) application_state.*
        from application_state join learnt_page using (page_no)
        where learnt_page.position <= :position and (cast(:office as text) is null or office = :office)
        order by id, learnt_at desc, page_no desc
    ) state
    left join (
        select application_id, min(signed_on) as signed_on from agreement_version
        where position <= :position and application_id is not null and agreement_no not in ({ANNULLED})
        group by application_id
    ) signed on signed.application_id = state.id
    where accepted_on <= :as_of
"""
"""Applications accepted by a day as known at a position, with the day on which they left the list."""
_ON_THE_LIST = text(f"""
    select id, office, number, node_id, accepted_on, accepted_value_pln
    from ({APPLICATIONS_ON}) application_on
    where (ended_on is null or ended_on > :as_of)
        and (cast(:nodes as uuid[]) is null or node_id = any(:nodes))
        and (cast(:known_nodes as uuid[]) is null or node_id is null or node_id <> all(:known_nodes))
        and (cast(:after_office as text) is null
            or (office, number, cast(id as text)) > (:after_office, :after_number, :after_id))
    order by office, number, id limit :limit
""")
# 64 locks for all applications: a whole list would fill the server's table of locks with one each.
_LOCK = text("""
    select pg_advisory_xact_lock(hashtext('application'), bucket)
    from (
        select distinct hashtext(id::text) & 63 as bucket from unnest(cast(:ids as uuid[])) as id order by bucket
    ) buckets
""")
_LATEST = text("""
    select id, office, number, node_id, accepted_on, accepted_value_pln, withdrawn_on, rejected_on
    from application_state where id = :id order by learnt_at desc, page_no desc limit 1
""")
_TOLD = """
    select id, learnt_at, cast(:page_no as integer) as page_no, office, number, node_id, accepted_on,
        accepted_value_pln, withdrawn_on, rejected_on, version
    from jsonb_to_recordset(cast(:rows as jsonb)) as told (id uuid, learnt_at bigint, office text, number text,
        node_id uuid, accepted_on date, accepted_value_pln numeric(18, 2), withdrawn_on date, rejected_on date,
        version integer)
"""
_ADD = text(f"""
    insert into application_state (id, learnt_at, page_no, office, number, node_id, accepted_on, accepted_value_pln,
        withdrawn_on, rejected_on, version)
    select * from ({_TOLD}) told
    where not exists (
        select from (
            select * from application_state known
            where known.id = told.id and known.learnt_at = told.learnt_at order by page_no desc limit 1
        ) known
        where (known.office, known.number, known.node_id, known.accepted_on, known.accepted_value_pln,
                known.withdrawn_on, known.rejected_on, known.version)
            is not distinct from (told.office, told.number, told.node_id, told.accepted_on, told.accepted_value_pln,
                told.withdrawn_on, told.rejected_on, told.version)
    )
    returning office
""")
_STEPS = """
    select office, coalesce(node_id, cast(:no_node as uuid)) as node_id, step.*
    from {states} state
    left join (
        select application_id, min(signed_on) as signed_on from agreement
        where application_id in (select id from told) and not annulled group by application_id
    ) signed on signed.application_id = state.id
    cross join lateral (select least(signed_on, withdrawn_on, rejected_on) as ended_on) life
    cross join lateral (values
        ('accepted', accepted_on, {sign}, {sign} * accepted_value_pln),
        ('recommended', case when ended_on <= accepted_on then null else accepted_on end, {sign},
            {sign} * accepted_value_pln),
        ('recommended', case when ended_on <= accepted_on then null else ended_on end, -({sign}),
            -({sign}) * accepted_value_pln)
    ) step (kind, effective_on, number, value_pln)
    where accepted_on is not null and step.effective_on is not null
"""
# What the touched applications add now is taken off, what they add once the rows are known is put on.
_ROLL_UP = text(f"""
    with told as ({_TOLD}),
    known as (
        select distinct on (id) * from application_state where id in (select id from told)
        order by id, learnt_at desc, page_no desc
    ), newest as (
        select distinct on (id) * from (select * from known union all select * from told) either
        order by id, learnt_at desc, page_no desc
    ), difference as (
        {_STEPS.format(states="newest", sign="1")}
        union all
        {_STEPS.format(states="known", sign="-1")}
    )
    {APPLY}
""")


@dataclass(frozen=True, slots=True)
class OnTheList:
    """Which recommended applications are asked for: of a day, as known at a position, of an office or all.

    ``nodes`` are those that they hang on; with ``known_nodes`` only those are meant that hang on none of them.
    """

    as_of: date
    position: int
    office: str | None = None
    nodes: Sequence[UUID] | None = None
    known_nodes: Sequence[UUID] | None = None


async def lock_applications(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Makes those who write what an application's place on the list depends on wait for each other."""
    await connection.execute(_LOCK, {"ids": list(ids)})


async def list_recommended(
    connection: AsyncConnection, asked: OnTheList, after: Sequence[Any] | None, limit: int
) -> Sequence[AnyRow]:
    """By office and number; ``after`` holds office, number and id of the last one shown."""
    office, number, last = after or (None, None, None)
    parameters = {
        "as_of": asked.as_of,
        "position": asked.position,
        "office": asked.office,
        "nodes": None if asked.nodes is None else list(asked.nodes),
        "known_nodes": None if asked.known_nodes is None else list(asked.known_nodes),
        "after_office": office,
        "after_number": number,
        "after_id": last,
        "limit": limit,
    }
    return (await connection.execute(_ON_THE_LIST, parameters)).all()


async def find_application(connection: AsyncConnection, application_id: UUID) -> ApplicationState | None:
    """The latest learnt state of an application."""
    row = (await connection.execute(_LATEST, {"id": application_id})).one_or_none()
    return ApplicationState(**columns_of(row)) if row else None


async def add_applications(connection: AsyncConnection, rows: Sequence[dict[str, Any]], page_no: int) -> list[str]:
    """Moves the rollup and adds the states that are not known from the same event; the office of each that was not."""
    if not rows:
        return []
    parameters = {"rows": orjson.dumps(rows).decode(), "page_no": page_no}
    await lock_applications(connection, [UUID(row["id"]) for row in rows])
    await connection.execute(_ROLL_UP, parameters | {"no_node": NO_NODE})
    return list((await connection.execute(_ADD, parameters)).scalars())
