"""Charging the caps: one balance a node, changed by adding, so that concurrent signings never exceed a limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.caps.limits import Limits, limits_on
from miernik_contracts.caps.queries import add_to_balances, lock_balances, steps_after
from miernik_contracts.caps.usage import InUse, find_rises
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree
from miernik_contracts.limit_locks import lock_limits_shared
from miernik_contracts.money import NO_MONEY
from miernik_shared.problems import Problem


@dataclass(frozen=True, slots=True)
class Charge:
    """Złote to add under a node and all above it, by day. ``pointer`` is the request field to blame for a refusal."""

    tree: Tree
    path: list[NodeState]
    moved: Mapping[date, Decimal]
    pointer: str

    @property
    def added(self) -> Decimal:
        """Sum of all days."""
        return sum(self.moved.values(), NO_MONEY)


async def charge(connection: AsyncConnection, charged: Charge) -> None:
    """Add a charge to the balances of its path.

    Raises 409 where commitments exceed the limit of a day on which they rise: on the day of the record itself, as if it
    had been recorded then, and on every later day of a rise. A reduction is always allowed and needs no rate.
    """
    await lock_limits_shared(connection)
    nodes = sorted((node.id for node in charged.path), key=str)
    used = await lock_balances(connection, nodes)
    rising = {node.id: await _find_rises(connection, charged, node, used[node.id]) for node in charged.path}
    last = await _last_limits(connection, charged, rising)
    await add_to_balances(connection, {node_id: last.get(node_id) for node_id in nodes}, charged.added)


async def _find_rises(connection: AsyncConnection, charged: Charge, node: NodeState, used: Decimal) -> list[InUse]:
    nodes = [one.id for one in charged.tree.below(node)]
    later = await steps_after(connection, node.office, nodes, min(charged.moved))
    return find_rises(used, later, charged.moved)


async def _last_limits(
    connection: AsyncConnection, charged: Charge, rising: Mapping[UUID, Sequence[InUse]]
) -> dict[UUID, Decimal | None]:
    """Limit of each node on the last day of a rise. Raises 409 if a limit is exceeded on any day."""
    days = sorted({one.day for of_node in rising.values() for one in of_node})
    if not days:
        return {}
    limits = await limits_on(connection, charged.tree, charged.path[0].office, days, charged.pointer)
    limits[days[0]].refuse_unallocated(charged.path)
    return {node.id: _last_limit(node, rising[node.id], limits) for node in charged.path}


def _last_limit(node: NodeState, rising: Sequence[InUse], limits: Mapping[date, Limits]) -> Decimal | None:
    by_day = {one.day: limits[one.day].floor_to_grosz(node) for one in rising}
    exceeded = [(limit, one) for one in rising if (limit := by_day[one.day]) is not None and one.value_pln > limit]
    if exceeded:
        limit, worst = max(exceeded, key=lambda one: one[1].value_pln - one[0])
        limits[worst.day].refuse_missing_below(node)
        raise _exceeded_problem(node, limit, worst)
    return by_day[rising[0].day]


def _exceeded_problem(node: NodeState, limit: Decimal, worst: InUse) -> Problem:
    before = worst.value_pln - worst.added_pln
    figures = {
        "node": node.code, "limit": str(limit), "used": str(before), "asked": str(worst.added_pln),
        "day": worst.day.isoformat(),
    }  # fmt: skip
    return Problem(409, "allocation_exceeded", figures, members={**figures, "node_id": str(node.id)})
