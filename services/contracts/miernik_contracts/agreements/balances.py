"""The caps: one row a node, changed by adding, so that signings beside each other never promise too much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.programme.queries import NodeState
from miernik_shared.problems import Problem

# Makes what is missing and locks all of them, in the order of their ids.
_LOCK = text("""
    insert into balance (node_id, used_pln)
    select node_id, 0 from unnest(cast(:nodes as uuid[])) as node_id order by node_id
    on conflict (node_id) do update set used_pln = balance.used_pln
    returning node_id, used_pln
""")
_ADD = text("""
    update balance set used_pln = used_pln + :added,
        limit_pln = case when :added > 0 then moved.limit_pln else balance.limit_pln end
    from unnest(cast(:nodes as uuid[]), cast(:limits as numeric[])) as moved (node_id, limit_pln)
    where balance.node_id = moved.node_id
""")


@dataclass(frozen=True, slots=True)
class Charge:
    """``added`` złote more (or less) under a node and all above it."""

    path: Sequence[NodeState]
    added: Decimal
    limits: Mapping[UUID, Decimal | None]


async def charge(connection: AsyncConnection, charged: Charge) -> None:
    """Moves the balances of a path. Raises 409 where an increase passes a limit; a reduction is always allowed."""
    if charged.added == 0:
        return
    nodes = sorted((node.id for node in charged.path), key=str)
    rows = await connection.execute(_LOCK, {"nodes": nodes})
    used: dict[UUID, Decimal] = {row.node_id: row.used_pln for row in rows}
    if charged.added > 0:
        _refuse_over_limit(charged, used)
    limits = [charged.limits.get(node_id) for node_id in nodes]
    await connection.execute(_ADD, {"added": charged.added, "nodes": nodes, "limits": limits})


def _refuse_over_limit(charged: Charge, used: Mapping[UUID, Decimal]) -> None:
    for node in charged.path:
        limit = charged.limits.get(node.id)
        if limit is not None and used[node.id] + charged.added > limit:
            figures = {
                "node": node.code, "limit": str(limit), "used": str(used[node.id]), "asked": str(charged.added),
            }  # fmt: skip
            raise Problem(409, "allocation_exceeded", figures, members={**figures, "node_id": str(node.id)})
