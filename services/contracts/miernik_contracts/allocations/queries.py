"""SQL of the allocations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.allocations.models import allocation
from miernik_contracts.rates.queries import RateKey
from miernik_contracts.rates.rules import RateSource
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.filters import build_equality_filters
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

ALLOCATION_ORDER = Keyset("allocations", (cast(allocation.c.id, String).label("id"),), (str,))
"""By id, which is the order in which they were granted."""

# Sum by node and rate source of the revisions in force on each day, as known at a position.
_IN_FORCE = text("""
    select wanted.day, node_id, office, rate_source, sum(amount_eur) as amount_eur
    from unnest(cast(:days as date[])) as wanted (day) cross join lateral (
        select distinct on (id) id, node_id, office, amount_eur, rate_source
        from allocation
        where effective_on <= wanted.day and (cast(:position as bigint) is null or position <= :position)
            and (cast(:office as text) is null or office = :office)
        order by id, effective_on desc, revision desc
    ) revision_in_force
    group by wanted.day, node_id, office, rate_source
    order by wanted.day, node_id, rate_source
""")


@dataclass(frozen=True, slots=True)
class AllocatedAmount:
    """Amount allocated to a node on a day and converted by the rates of one source; sum of all its territories."""

    node_id: UUID
    office: str
    amount_eur: Decimal
    rate_source: RateSource

    def rate_key(self, source: RateSource | None = None) -> RateKey:
        """Key of the rate that converts it into złote, of its own source or another one."""
        chosen = source or self.rate_source
        return RateKey(chosen, self.office if chosen == "office" else None, "EUR")


async def amounts_in_force(
    connection: AsyncConnection, office: str | None, days: Collection[date], position: int | None = None
) -> dict[date, list[AllocatedAmount]]:
    """Amounts in force on each of ``days``, of one office or all, as known at a position."""
    rows = await connection.execute(_IN_FORCE, {"office": office, "days": list(days), "position": position})
    found: dict[date, list[AllocatedAmount]] = {day: [] for day in days}
    for row in rows:
        found[row.day].append(AllocatedAmount(row.node_id, row.office, row.amount_eur, row.rate_source))
    return found


async def find_current(connection: AsyncConnection, allocation_id: UUID) -> AnyRow | None:
    """The latest revision of an allocation."""
    query = select(allocation).where(allocation.c.id == allocation_id).order_by(allocation.c.revision.desc())
    return (await connection.execute(query.limit(1))).one_or_none()


async def revisions_of(connection: AsyncConnection, allocation_id: UUID) -> list[AnyRow]:
    """All revisions, oldest first."""
    query = select(allocation).where(allocation.c.id == allocation_id).order_by(allocation.c.revision)
    return list((await connection.execute(query)).all())


async def first_revisions_of_node(connection: AsyncConnection, node_id: UUID) -> list[AnyRow]:
    """The allocations of a node, one row each."""
    query = select(allocation).where(allocation.c.node_id == node_id, allocation.c.revision == 1)
    return list((await connection.execute(query)).all())


def filter_allocations(node_id: UUID | None, office: str | None, territory: str | None) -> list[ColumnElement[bool]]:
    """Filters of the list; None for any."""
    columns = allocation.c
    return build_equality_filters({columns.node_id: node_id, columns.office: office, columns.territory: territory})


async def list_current(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the latest revisions that pass the filters."""
    return await read_page(connection, _current().where(*filters), ALLOCATION_ORDER, paging)


def _current() -> AnySelect:
    later = allocation.alias("later")
    is_latest = ~(
        select(later.c.id).where(later.c.id == allocation.c.id, later.c.revision > allocation.c.revision).exists()
    )
    return select(allocation).where(is_latest)
