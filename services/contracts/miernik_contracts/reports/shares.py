"""Shares of the allocation contracted (% kontraktacji na Działanie), one a measure and one of all, from sums.

The allocation is the one that the caps are made of: a node's own, and only where it has none that of its children. So
no share moves when an allocation is merely divided among what is below. Exact to the end: allocation in EUR times the
rate, then the percentage, rounded half up to two places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from miernik_contracts.allocations.queries import Share, shares_in_force
from miernik_contracts.followers.states import NodeState
from miernik_contracts.rates.queries import Rate, RateKey, rates_on
from miernik_contracts.rates.service import rate_unknown, shown_rate
from miernik_contracts.reports import schemas
from miernik_contracts.reports.lines import Line
from miernik_contracts.reports.question import Ground, Question
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.percentage import half_up, percentage
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Counted:
    """A share, and the rates that it is computed by in the order of their sources."""

    share: schemas.Share
    rates: Sequence[Rate]


@dataclass
class Money:
    """Allocations in force by node, and the rates that turn them into złote."""

    ground: Ground
    question: Question
    rate_day: date
    shares: dict[UUID, list[Share]]
    rates: dict[RateKey, Rate]
    used: dict[Rate, set[str]] = field(default_factory=dict[Rate, set[str]])
    """Rates that a shown share is computed by, with the offices whose share it is."""
    missing: dict[tuple[NodeState, RateKey | None], None] = field(
        default_factory=dict["tuple[NodeState, RateKey | None]", None]
    )
    """Nodes without an allocation (``None``) or without the rate of one, in the order in which they were come to."""

    def of_nodes(self, tops: Sequence[NodeState], lines: Sequence[Line]) -> Counted:
        """The share of some nodes together, of which ``lines`` say what is contracted.

        Raises 422 where the rate was asked for by source or day and does not exist. Unknown while a part of them has
        money promised and no allocation: it would count above the line and not below.
        """
        promised = promised_at(self.ground, lines)
        lacking = [node for top in tops for node in self._lacking(top, promised)]
        self.missing.update(dict.fromkeys((node, None) for node in lacking))
        parts = [] if lacking else [part for top in tops for part in self.ground.tree.own_or_below(top, self.shares)]
        euro = sum((part.amount_eur for part in parts), Decimal(0)) if parts else None
        contracted, rated = contracted_of(lines), self._rated(parts)
        zloty = sum((part.amount_eur * rate.rate for part, rate in rated), Decimal(0)) if rated else None
        share = schemas.Share(
            percentage=percentage(contracted, zloty),
            contracted_pln=contracted,
            allocation_eur=euro,
            allocation_pln=None if zloty is None else half_up(zloty, 2),
        )
        return Counted(share, sorted({rate for _, rate in rated}, key=_in_order))

    def used_rates(self) -> list[schemas.UsedRate]:
        """The rates that a share is computed by, in the order of their sources."""
        return [
            schemas.UsedRate(offices=sorted(offices), **shown_rate(rate).model_dump())
            for rate, offices in sorted(self.used.items(), key=lambda one: _in_order(one[0]))
        ]

    def _lacking(self, node: NodeState, promised: set[UUID]) -> list[NodeState]:
        """What has money promised and no allocation: of a measure without any the measure, not each of its parts."""
        if node.id in self.shares or node.id not in promised:
            return []
        children = self.ground.tree.children.get(node.id, [])
        below = [lacking for child in children for lacking in self._lacking(child, promised)]
        if self.ground.tree.own_or_below(node, self.shares):
            return below
        return [node] if node.level == "measure" or not below else below

    def _rated(self, parts: Sequence[Share]) -> list[tuple[Share, Rate]]:
        """Allocations with their rates; none where one of these is missing."""
        keys = [(part, part.rate_key(self.question.rate_source)) for part in parts]
        rated = [(part, rate) for part, key in keys if (rate := self.rates.get(key)) is not None]
        if len(rated) < len(parts):
            unrated = [(self._owner(part), key) for part, key in keys if key not in self.rates]
            self._refuse_asked(unrated[0][1])
            self.missing.update(dict.fromkeys(unrated))
            return []
        for part, rate in rated:
            self.used.setdefault(rate, set()).add(part.office)
        return rated

    def _refuse_asked(self, key: RateKey) -> None:
        """A rate that was asked for is not left out of the table."""
        asked = self.question.rate_on, self.question.rate_source
        if any(asked):
            raise rate_unknown(key, self.rate_day, "/query/rate_on" if asked[0] else "/query/rate_source", 422)

    def _owner(self, part: Share) -> NodeState:
        """In whose share an allocation counts: the measure's, above measures that of its node."""
        return share_node(self.ground, self.ground.tree.nodes[part.node_id])


async def read_money(work: UnitOfWork, question: Question, ground: Ground) -> Money:
    """Allocations and rates as known at the report's position. Raises 422 where a day was asked for that is yet to
    come."""
    if question.rate_on and question.rate_on > work.today:
        params = {"day": question.rate_on.isoformat()}
        raise Problem(422, "request_invalid", errors=[FieldError("/query/rate_on", "rate_in_the_future", params)])
    shares: dict[UUID, list[Share]] = {}
    day = question.rate_on or question.as_of
    in_force = await shares_in_force(work.connection, question.one_office, [question.as_of], work.known_position)
    for share in in_force[question.as_of]:
        shares.setdefault(share.node_id, []).append(share)
    keys = {share.rate_key(question.rate_source) for share in in_force[question.as_of]}
    rates = await rates_on(work.connection, [(key, day) for key in keys], work.known_position)
    return Money(ground, question, day, shares, {key: rate for (key, _), rate in rates.items()})


def contracted_of(lines: Iterable[Line]) -> Decimal | None:
    """What lines add up to; ``None`` where nothing is known of any: then the share is unknown too, and not 0."""
    known = [line.contracted for line in lines if line.contracted is not None]
    return sum(known, Decimal("0.00")) if known else None


def promised_at(ground: Ground, lines: Iterable[Line]) -> set[UUID]:
    """Nodes that have money promised, they themselves or something below them."""
    return {node.id for line in lines if line.node and line.contracted for node in ground.tree.path(line.node)}


def share_node(ground: Ground, node: NodeState) -> NodeState:
    """The node whose share stands in a node's row: its measure; above measures the node itself."""
    return ground.tree.measure_of(node) or node


def _in_order(rate: Rate) -> tuple[str, str]:
    return rate.key.source, str(rate.key)
