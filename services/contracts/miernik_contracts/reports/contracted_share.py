"""Contracted share of the allocation (% kontraktacji na Działanie), by measure and in total.

The allocation is the one of the caps: a node's own or, if it has none, the sum of its children's. So dividing an
allocation among child nodes changes no share. Computed exactly (allocation in EUR times the rate, then the percentage)
and rounded half up to two places at the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from miernik_contracts.allocations.queries import AllocatedAmount, amounts_in_force
from miernik_contracts.followers.states import NodeState
from miernik_contracts.rates.queries import Rate, RateKey, rates_on
from miernik_contracts.rates.service import rate_unknown, render_rate
from miernik_contracts.reports import schemas
from miernik_contracts.reports.report_query import ReportData, ReportQuery
from miernik_contracts.reports.table_rows import TableRow
from miernik_shared.problems import FieldError, Problem
from miernik_shared.values.percentage import half_up, percentage
from miernik_shared.web.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RatedShare:
    """A share and its rates, in the order of their sources."""

    share: schemas.Share
    rates: Sequence[Rate]


@dataclass
class AllocatedMoney:
    """Allocations in force by node, and the rates that convert them into złote."""

    data: ReportData
    query: ReportQuery
    rate_day: date
    amounts: dict[UUID, list[AllocatedAmount]]
    rates: dict[RateKey, Rate]
    used: dict[Rate, set[str]] = field(default_factory=dict[Rate, set[str]])
    """Rates used by a share of the report, with the offices of these shares."""
    missing: dict[tuple[NodeState, RateKey | None], None] = field(
        default_factory=dict["tuple[NodeState, RateKey | None]", None]
    )
    """Nodes without an allocation (key None) or without the rate of one, in the order in which they were met."""

    several_programmes: list[str] = field(default_factory=list[str])
    """Offices with several programmes, whose total has no percentage."""

    def without_percentage(self, office: str, rows: Sequence[TableRow]) -> schemas.Share:
        """Share of an office with several programmes: what is contracted, of no allocation."""
        self.several_programmes.append(office)
        return schemas.Share(
            percentage=None, contracted_pln=contracted_of(rows), allocation_eur=None, allocation_pln=None
        )

    def of_nodes(self, tops: Sequence[NodeState], rows: Sequence[TableRow]) -> RatedShare:
        """Share of some nodes together; ``rows`` are the rows under them.

        None while any node has commitments but no allocation: it would enter the numerator and not the denominator.
        Raises 422 where the rate was selected by source or day and does not exist.
        """
        committed = nodes_with_commitments(self.data, rows)
        lacking = [node for top in tops for node in self._lacking(top, committed)]
        self.missing.update(dict.fromkeys((node, None) for node in lacking))
        parts = [] if lacking else [part for top in tops for part in self.data.tree.own_or_below(top, self.amounts)]
        euro = sum((part.amount_eur for part in parts), Decimal(0)) if parts else None
        contracted, rated = contracted_of(rows), self._with_rates(parts)
        zloty = sum((part.amount_eur * rate.rate for part, rate in rated), Decimal(0)) if rated else None
        share = schemas.Share(
            percentage=percentage(contracted, zloty),
            contracted_pln=contracted,
            allocation_eur=euro,
            allocation_pln=None if zloty is None else half_up(zloty, 2),
        )
        return RatedShare(share, sorted({rate for _, rate in rated}, key=_in_order))

    def used_rates(self) -> list[schemas.UsedRate]:
        """Rates used by the shares of the report, in the order of their sources."""
        return [
            schemas.UsedRate(offices=sorted(offices), **render_rate(rate).model_dump())
            for rate, offices in sorted(self.used.items(), key=lambda one: _in_order(one[0]))
        ]

    def _lacking(self, node: NodeState, committed: set[UUID]) -> list[NodeState]:
        """Nodes with commitments but no allocation: of a measure without any, the measure and not each of its parts."""
        if node.id in self.amounts or node.id not in committed:
            return []
        children = self.data.tree.children.get(node.id, [])
        below = [lacking for child in children for lacking in self._lacking(child, committed)]
        if self.data.tree.own_or_below(node, self.amounts):
            return below
        return [node] if node.level == "measure" or not below else below

    def _with_rates(self, parts: Sequence[AllocatedAmount]) -> list[tuple[AllocatedAmount, Rate]]:
        """Allocations with their rates; empty where a rate is missing."""
        keys = [(part, part.rate_key(self.query.rate_source)) for part in parts]
        rated = [(part, rate) for part, key in keys if (rate := self.rates.get(key)) is not None]
        if len(rated) < len(parts):
            unrated = [(self._owner(part), key) for part, key in keys if key not in self.rates]
            self._refuse_selected(unrated[0][1])
            self.missing.update(dict.fromkeys(unrated))
            return []
        for part, rate in rated:
            self.used.setdefault(rate, set()).add(part.office)
        return rated

    def _refuse_selected(self, key: RateKey) -> None:
        """Refuse a rate that was selected in the request and does not exist, instead of leaving the share out."""
        selected = self.query.rate_on, self.query.rate_source
        if any(selected):
            raise rate_unknown(key, self.rate_day, "/query/rate_on" if selected[0] else "/query/rate_source", 422)

    def _owner(self, part: AllocatedAmount) -> NodeState:
        """Node whose share an allocation enters: its measure or, above measures, its own node."""
        return share_node(self.data, self.data.tree.nodes[part.node_id])


async def read_allocated_money(work: UnitOfWork, query: ReportQuery, data: ReportData) -> AllocatedMoney:
    """Allocations and rates as known at the report's position. Raises 422 for a rate of a day in the future."""
    if query.rate_on and query.rate_on > work.today:
        params = {"day": query.rate_on.isoformat()}
        raise Problem(422, "request_invalid", errors=[FieldError("/query/rate_on", "rate_in_the_future", params)])
    amounts: dict[UUID, list[AllocatedAmount]] = {}
    day = query.rate_on or query.as_of
    in_force = await amounts_in_force(work.connection, query.one_office, [query.as_of], work.known_position)
    for amount in in_force[query.as_of]:
        amounts.setdefault(amount.node_id, []).append(amount)
    keys = {amount.rate_key(query.rate_source) for amount in in_force[query.as_of]}
    rates = await rates_on(work.connection, [(key, day) for key in keys], work.known_position)
    return AllocatedMoney(data, query, day, amounts, {key: rate for (key, _), rate in rates.items()})


def contracted_of(rows: Iterable[TableRow]) -> Decimal | None:
    """Contracted value of the rows; None if it is unknown for all of them, so that the share is unknown and not 0."""
    known = [row.contracted for row in rows if row.contracted is not None]
    return sum(known, Decimal("0.00")) if known else None


def nodes_with_commitments(data: ReportData, rows: Iterable[TableRow]) -> set[UUID]:
    """Nodes with commitments, on themselves or below."""
    return {node.id for row in rows if row.node and row.contracted for node in data.tree.path(row.node)}


def share_node(data: ReportData, node: NodeState) -> NodeState:
    """Node whose share is shown in a node's row: its measure or, above measures, the node itself."""
    return data.tree.measure_of(node) or node


def _in_order(rate: Rate) -> tuple[str, str]:
    return rate.key.source, str(rate.key)
