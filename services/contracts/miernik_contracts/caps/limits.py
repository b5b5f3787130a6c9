"""Limits of commitments by node: allocation in złote at the rate of the day, times the over-contracting percentage."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.allocations.queries import AllocatedAmount, amounts_in_force
from miernik_contracts.followers.states import NodeState
from miernik_contracts.followers.tree import Tree
from miernik_contracts.overcontracting.queries import limits_in_force
from miernik_contracts.rates.queries import Rate, RateKey, rates_on
from miernik_contracts.rates.service import rate_unknown
from miernik_shared.problems import Problem, conflict

_GROSZ = Decimal("0.01")
_WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class Limits:
    """Exact limits of one day by node. A node without an allocation of its own has the sum of its children's.

    An allocation whose rate is ``missing`` on the day adds nothing to such a sum, which is then a lower bound of the
    limit: a commitment within it is within the limit.
    """

    tree: Tree
    allocated: Mapping[UUID, Sequence[Decimal]]
    percents: Mapping[UUID, Decimal]
    missing: Mapping[UUID, Problem] = field(default_factory=dict[UUID, Problem])

    def of(self, node: NodeState) -> Decimal | None:
        """The node's limit; None where nothing is allocated to it or below it.

        A sum is never tighter than its parts: a decision for a child raises the limits of the nodes above it, too.
        """
        whole = self.allocation(node)
        if whole is None:
            return None
        decided = whole * self.percents.get(node.id, _WHOLE) / _WHOLE
        if node.id in self.allocated:
            return decided
        parts = (self.of(child) for child in self.tree.children.get(node.id, []))
        return max(decided, sum((part for part in parts if part is not None), Decimal(0)))

    def allocation(self, node: NodeState) -> Decimal | None:
        """The node's allocation in złote, its own or that of its children."""
        parts = self.tree.own_or_below(node, self.allocated)
        return sum(parts, Decimal(0)) if parts else None

    def floor_to_grosz(self, node: NodeState) -> Decimal | None:
        """The node's limit, rounded down to the grosz, which is the unit of commitments; None where it has none.

        Raises 409 where the rate of the node's own allocation is missing: an allocation of unknown value is no cap.
        """
        self._refuse_missing([node])
        limit = self.of(node)
        return None if limit is None else limit.quantize(_GROSZ, ROUND_FLOOR)

    def refuse_unallocated(self, path: list[NodeState]) -> None:
        """Refuse (409) a node without an allocation of its own, above it or below it; siblings' ones do not count."""
        self._refuse_missing(path)
        if not any(node.id in self.allocated for node in path) and self.of(path[0]) is None:
            self.refuse_missing_below(path[0])
            raise conflict("allocation_unknown", node=path[0].code)

    def refuse_missing_below(self, node: NodeState) -> None:
        """Refuse (409) a node with a rate missing below it: its limit is only a lower bound."""
        self._refuse_missing(self.tree.below(node))

    def _refuse_missing(self, nodes: Iterable[NodeState]) -> None:
        for node in nodes:
            if node.id in self.missing:
                raise self.missing[node.id]


async def limits_on(
    connection: AsyncConnection, tree: Tree, office: str, days: Collection[date], pointer: str
) -> dict[date, Limits]:
    """Limits in force on each of ``days``. ``pointer`` is the request field to blame if a rate is missing."""
    amounts = await amounts_in_force(connection, office, days)
    wanted = {(amount.rate_key(), day) for day in days for amount in amounts[day]}
    rates = await rates_on(connection, wanted)
    percents = await limits_in_force(connection, office, days)
    return {day: _limits(tree, amounts[day], rates, percents[day], day, pointer) for day in days}


def _limits(
    tree: Tree,
    amounts: Iterable[AllocatedAmount],
    rates: Mapping[tuple[RateKey, date], Rate],
    percents: Mapping[UUID, Decimal],
    day: date,
    pointer: str,
) -> Limits:
    allocated: dict[UUID, list[Decimal]] = {}
    missing: dict[UUID, Problem] = {}
    for amount in amounts:
        key = amount.rate_key()
        parts = allocated.setdefault(amount.node_id, [])
        if (rate := rates.get((key, day))) is None:
            missing[amount.node_id] = rate_unknown(key, day, pointer, 409)
        else:
            parts.append(amount.amount_eur * rate.rate)
    return Limits(tree, allocated, percents, missing)
