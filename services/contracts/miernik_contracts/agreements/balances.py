"""The caps: one row a node, changed by adding, so that signings beside each other never promise too much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.limits import Limits, limits_on
from miernik_contracts.agreements.rules import NOTHING, InUse, rises
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree
from miernik_contracts.limit_locks import hold_limits
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
    """By how much złote move under a node and all above it, by day; ``pointer`` leads to the field that named it."""

    tree: Tree
    path: list[NodeState]
    moved: Mapping[date, Decimal]
    pointer: str

    @property
    def added(self) -> Decimal:
        """What is left of it in the end."""
        return sum(self.moved.values(), NOTHING)


def values_of(moved: Steps) -> dict[date, Decimal]:
    """The money of steps."""
    return {day: step.value_pln for day, step in moved.items()}


async def charge(connection: AsyncConnection, charged: Charge) -> None:
    """Moves the balances of a path.

    Raises 409 where, on a day on which something rises, more is then in use than the limit of that day: what is
    recorded late is held to what it would have been held to on its day, and so is all that was signed since. A
    reduction is always allowed and needs no rate.
    """
    await hold_limits(connection)
    nodes = sorted((node.id for node in charged.path), key=str)
    rows = await connection.execute(_LOCK, {"nodes": nodes})
    used: dict[UUID, Decimal] = {row.node_id: row.used_pln for row in rows}
    rising = {node.id: await _rises(connection, charged, node, used[node.id]) for node in charged.path}
    last = await _last_limits(connection, charged, rising)
    limits = [last.get(node_id) for node_id in nodes]
    await connection.execute(_ADD, {"added": charged.added, "nodes": nodes, "limits": limits})


async def _rises(connection: AsyncConnection, charged: Charge, node: NodeState, used: Decimal) -> list[InUse]:
    under = [one.id for one in charged.tree.below(node)]
    asked = {"office": node.office, "nodes": under, "day": min(charged.moved)}
    later = {row.effective_on: row.value_pln for row in await connection.execute(_LATER, asked)}
    return rises(used, later, charged.moved)


async def _last_limits(
    connection: AsyncConnection, charged: Charge, rising: Mapping[UUID, Sequence[InUse]]
) -> dict[UUID, Decimal | None]:
    """The limit of each node on the last day on which it rises, once none is passed on any day."""
    days = sorted({one.day for of_node in rising.values() for one in of_node})
    if not days:
        return {}
    limits = await limits_on(connection, charged.tree, charged.path[0].office, days, charged.pointer)
    limits[days[0]].refuse_unallocated(charged.path)
    return {node.id: _last_limit(node, rising[node.id], limits) for node in charged.path}


def _last_limit(node: NodeState, rising: Sequence[InUse], limits: Mapping[date, Limits]) -> Decimal | None:
    held = {one.day: limits[one.day].held(node) for one in rising}
    passed = [(limit, one) for one in rising if (limit := held[one.day]) is not None and one.value_pln > limit]
    if passed:
        limit, worst = max(passed, key=lambda one: one[1].value_pln - one[0])
        limits[worst.day].refuse_missing_below(node)
        raise _exceeded(node, limit, worst)
    return held[rising[0].day]


def _exceeded(node: NodeState, limit: Decimal, most: InUse) -> Problem:
    before = most.value_pln - most.added_pln
    figures = {
        "node": node.code, "limit": str(limit), "used": str(before), "asked": str(most.added_pln),
        "day": most.day.isoformat(),
    }  # fmt: skip
    return Problem(409, "allocation_exceeded", figures, members={**figures, "node_id": str(node.id)})
