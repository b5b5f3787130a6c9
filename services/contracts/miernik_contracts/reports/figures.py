"""Signed, accepted and recommended on a day: from the rollup, or folded from facts for a past moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.progress.rollup import NO_NODE, RollupKey
from miernik_contracts.reports.facts_on import AGREEMENTS_ON, APPLICATIONS_ON
from miernik_shared.database import AnyRow

# Number and value by rollup key up to a day, as known now. A key whose steps cancel out is left out, unless it has an
# agreement: a terminated one is shown as 0, one that was annulled or never counted is not.
_FROM_ROLLUP = text("""
    select office, node_id, kind, sum(number) as number, sum(value_pln) as value_pln
    from contracting_rollup rolled
    where effective_on <= :as_of and (cast(:office as text) is null or office = :office)
    group by office, node_id, kind
    having sum(number) <> 0 or exists (
        select from agreement
        where agreement.node_id = rolled.node_id and agreement.kind = rolled.kind and signed_on <= :as_of
            and not annulled)
""")
# The same folded from facts, as known at a position.
_FOLD = text(f"""
    with agreement_on as ({AGREEMENTS_ON}), application_on as ({APPLICATIONS_ON})
    select office, node_id, kind, count(*) filter (where in_force) as number,
        coalesce(sum(value_pln) filter (where in_force), 0.00) as value_pln
    from agreement_on group by office, node_id, kind
    union all
    select office, coalesce(node_id, :no_node), 'accepted', count(*), sum(accepted_value_pln)
    from application_on group by office, node_id
    union all
    select office, coalesce(node_id, :no_node), 'recommended', count(*), sum(accepted_value_pln)
    from application_on where ended_on is null or ended_on > :as_of group by office, node_id
""")


@dataclass(frozen=True, slots=True)
class Figure:
    """Number of applications or agreements, and their total value."""

    number: int
    value_pln: Decimal


Figures = dict[RollupKey, Figure]
"""Figures by key, without keys that have no agreement, not even a terminated one, or no accepted application."""


async def figures_now(connection: AsyncConnection, office: str | None, as_of: date) -> Figures:
    """Sum the rollup up to the day, for one office or all."""
    return _figures(await connection.execute(_FROM_ROLLUP, {"office": office, "as_of": as_of}))


async def figures_from_facts(connection: AsyncConnection, office: str | None, as_of: date, position: int) -> Figures:
    """Fold the facts known at a position."""
    parameters = {"office": office, "as_of": as_of, "position": position, "no_node": NO_NODE}
    return _figures(await connection.execute(_FOLD, parameters))


def _figures(rows: Iterable[AnyRow]) -> Figures:
    return {
        RollupKey(row.office, UUID(str(row.node_id)), row.kind): Figure(int(row.number), row.value_pln) for row in rows
    }
