"""SQL of the applications as learnt, and of the rollup's rows that they make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.queries import ANNULLED
from miernik_shared.database import AnyRow

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
