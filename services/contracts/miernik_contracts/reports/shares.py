"""Shares of the allocation contracted (% kontraktacji na Działanie), one a measure and one of all, from sums.

Exact to the end: allocation in EUR times the rate, then the percentage, rounded half up to two places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from miernik_contracts.allocations.queries import Share, shares_in_force
from miernik_contracts.programme.queries import NodeState
from miernik_contracts.rates.queries import Rate, RateKey, rate_on
from miernik_contracts.rates.rules import RateSource
from miernik_contracts.rates.service import rate_unknown, shown_rate
from miernik_contracts.reports import schemas
from miernik_contracts.reports.lines import Line
from miernik_contracts.reports.question import Ground, Question
from miernik_shared.values.percentage import half_up, percentage
from miernik_shared.web.work import Work


@dataclass
class Money:
    """Allocations in force by node, and the rates that turn them into złote."""

    ground: Ground
    source: RateSource | None
    rate_day: date
    shares: dict[UUID, list[Share]]
    rates: dict[RateKey, Rate | None]
    used: dict[Rate, set[str]] = field(default_factory=dict[Rate, set[str]])
    """Rates that a shown share is computed by, with the offices whose share it is."""
    missing: list[tuple[NodeState, RateKey | None]] = field(default_factory=list["tuple[NodeState, RateKey | None]"])
    """Measures without an allocation (``None``) or without the rate of one."""

    def of_measure(self, measure: NodeState, contracted: Decimal | None) -> schemas.Share:
        """The share of one measure."""
        parts = self.ground.tree.own_or_below(measure, self.shares)
        if not parts and contracted:
            self.missing.append((measure, None))
        return self._share(contracted, parts, measure)

    def of_all(self, tops: Sequence[NodeState], contracted: Decimal | None, shown: set[UUID]) -> schemas.Share:
        """The share of several measures together; unknown while one that has money promised has no allocation."""
        parts: list[Share] = []
        for top in tops:
            of_top = self.ground.tree.own_or_below(top, self.shares)
            if not of_top and top.id in shown:
                return self._share(contracted, [], None)
            parts += of_top
        return self._share(contracted, parts, None)

    def used_rates(self) -> list[schemas.UsedRate]:
        """The rates that a share is computed by, in the order of their sources."""
        return [
            schemas.UsedRate(offices=sorted(offices), **shown_rate(rate).model_dump())
            for rate, offices in sorted(self.used.items(), key=lambda one: (one[0].key.source, str(one[0].key)))
        ]

    def _share(self, contracted: Decimal | None, parts: Sequence[Share], measure: NodeState | None) -> schemas.Share:
        euro = sum((part.amount_eur for part in parts), Decimal(0)) if parts else None
        zloty = self._in_zloty(parts, measure)
        return schemas.Share(
            percentage=percentage(contracted, zloty),
            contracted_pln=contracted,
            allocation_eur=euro,
            allocation_pln=None if zloty is None else half_up(zloty, 2),
        )

    def _in_zloty(self, parts: Sequence[Share], measure: NodeState | None) -> Decimal | None:
        zloty = Decimal(0)
        for part in parts:
            key = part.rate_key(self.source)
            rate = self.rates[key]
            if rate is None:
                if measure is not None:
                    self.missing.append((measure, key))
                return None
            self.used.setdefault(rate, set()).add(part.office)
            zloty += part.amount_eur * rate.rate
        return zloty if parts else None


async def read_money(work: Work, question: Question, ground: Ground) -> Money:
    """Allocations and rates as known at the report's position. Raises 422 where a rate that was asked for by source
    or day does not exist; where none was asked for, the share is missing and a note says why."""
    shares: dict[UUID, list[Share]] = {}
    day = question.rate_on or question.as_of
    rates: dict[RateKey, Rate | None] = {}
    for share in await shares_in_force(work.connection, question.one_office, question.as_of, work.known_position):
        shares.setdefault(share.node_id, []).append(share)
        key = share.rate_key(question.rate_source)
        if key not in rates:
            rates[key] = await rate_on(work.connection, key, day, work.known_position)
            if rates[key] is None and (question.rate_source or question.rate_on):
                raise rate_unknown(key, day, "/query/rate_on", 422)
    return Money(ground, question.rate_source, day, shares, rates)


def contracted_of(lines: Iterable[Line]) -> Decimal | None:
    """What lines add up to; ``None`` where nothing is known of any: then the share is unknown too, and not 0."""
    known = [line.contracted for line in lines if line.contracted is not None]
    return sum(known, Decimal("0.00")) if known else None
