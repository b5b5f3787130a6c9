"""SQL of the balances."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Balances of some nodes, created where missing and locked in the order of their ids.
_LOCK = text("""
    insert into balance (node_id, used_pln)
    select node_id, 0 from unnest(cast(:nodes as uuid[])) as node_id order by node_id
    on conflict (node_id) do update set used_pln = balance.used_pln
    returning node_id, used_pln
""")
# Adds one amount to the balances of some nodes; a rise sets their limits too.
_ADD = text("""
    update balance set used_pln = used_pln + :added,
        limit_pln = case when :added > 0 then moved.limit_pln else balance.limit_pln end
    from unnest(cast(:nodes as uuid[]), cast(:limits as numeric[])) as moved (node_id, limit_pln)
    where balance.node_id = moved.node_id
""")
# Committed value by day under some nodes, after a day. Few rows: late records are rare.
_LATER_STEPS = text("""
    select effective_on, sum(value_pln) as value_pln from contracting_rollup
    where office = :office and node_id = any (:nodes) and kind in ('grant', 'framework') and effective_on > :day
    group by effective_on
""")


async def lock_balances(connection: AsyncConnection, nodes: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Lock the balances of some nodes, sorted by id as text; return the commitments under each."""
    return {row.node_id: row.used_pln for row in await connection.execute(_LOCK, {"nodes": nodes})}


async def add_to_balances(connection: AsyncConnection, limits: Mapping[UUID, Decimal | None], added: Decimal) -> None:
    """Add an amount to the balances of the nodes of ``limits``; a rise stores the limits as well."""
    parameters = {"added": added, "nodes": list(limits), "limits": list(limits.values())}
    await connection.execute(_ADD, parameters)


async def steps_after(
    connection: AsyncConnection, office: str, nodes: Sequence[UUID], day: date
) -> dict[date, Decimal]:
    """Steps of the commitments under some nodes that take effect after a day."""
    rows = await connection.execute(_LATER_STEPS, {"office": office, "nodes": nodes, "day": day})
    return {row.effective_on: row.value_pln for row in rows}
