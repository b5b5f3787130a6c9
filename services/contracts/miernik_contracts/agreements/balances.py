"""The caps: one row a node, changed by adding, so that signings beside each other never promise too much."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.limits import Limits
from miernik_contracts.agreements.rules import NOTHING, InUse, most_in_use
from miernik_contracts.programme.queries import NodeState
from miernik_contracts.programme.tree import Tree
from miernik_contracts.progress.rollup import Steps
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
# Few rows: what took effect after the day of something that is recorded today.
_LATER = text("""
    select effective_on, sum(value_pln) as value_pln from contracting_rollup
    where office = :office and node_id = any (:nodes) and kind in ('grant', 'framework') and effective_on > :day
    group by effective_on
""")


@dataclass(frozen=True, slots=True)
class Charge:
    """By how much złote move under a node and all above it, by day; ``limits`` are needed where they rise."""

    tree: Tree
    path: list[NodeState]
    moved: Mapping[date, Decimal]
    limits: Limits | None

    @property
    def added(self) -> Decimal:
        """What is left of it in the end."""
        return sum(self.moved.values(), NOTHING)


def values_of(moved: Steps) -> dict[date, Decimal]:
    """The money of steps."""
    return {day: step.value_pln for day, step in moved.items()}


async def charge(connection: AsyncConnection, charged: Charge) -> None:
    """Moves the balances of a path. Raises 409 where more is then in use on any day than its limit, also on a day that
    has passed; a reduction is always allowed."""
    along = charged.limits.along(charged.path) if charged.limits else {}
    nodes = sorted((node.id for node in charged.path), key=str)
    rows = await connection.execute(_LOCK, {"nodes": nodes})
    used: dict[UUID, Decimal] = {row.node_id: row.used_pln for row in rows}
    for node in charged.path:
        if charged.limits and (limit := along[node.id]) is not None:
            most = await _most_in_use(connection, charged, node, used[node.id])
            if most is not None and most.value_pln > limit:
                charged.limits.refuse_missing_below(node)
                raise _exceeded(node, limit, most)
    limits = [along.get(node_id) for node_id in nodes]
    await connection.execute(_ADD, {"added": charged.added, "nodes": nodes, "limits": limits})


async def _most_in_use(connection: AsyncConnection, charged: Charge, node: NodeState, used: Decimal) -> InUse | None:
    under = [one.id for one in charged.tree.below(node)]
    asked = {"office": node.office, "nodes": under, "day": min(charged.moved)}
    later = {row.effective_on: row.value_pln for row in await connection.execute(_LATER, asked)}
    return most_in_use(used, later, charged.moved)


def _exceeded(node: NodeState, limit: Decimal, most: InUse) -> Problem:
    before = most.value_pln - most.added_pln
    figures = {
        "node": node.code, "limit": str(limit), "used": str(before), "asked": str(most.added_pln),
        "day": most.day.isoformat(),
    }  # fmt: skip
    return Problem(409, "allocation_exceeded", figures, members={**figures, "node_id": str(node.id)})
