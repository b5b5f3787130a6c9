"""SQL of the over-contracting decisions."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_shared.database import AnyRow
from miernik_shared.filters import build_equality_filters
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

DECISION_ORDER = Keyset("overcontracting-decisions", (overcontracting_decision.c.position,), (int,))
"""Keyset of the list of decisions, in the order in which they were recorded."""

NUMBERS = """
    select 'overcontracting-decision' as kind, node_id::text as scope, number_key as key, position as age, id,
        number as identifier
    from overcontracting_decision
"""
"""Numbers of the decisions, for the search of doubles."""
# The last recorded decision of each node of an office that is valid on each day.
_IN_FORCE = text("""
    select wanted.day, decision.*
    from unnest(cast(:days as date[])) as wanted (day) cross join lateral (
        select distinct on (node_id) node_id, limit_percent
        from overcontracting_decision
        where office = :office and coalesce(valid_from, decided_on) <= wanted.day
            and (valid_to is null or valid_to >= wanted.day)
        order by node_id, position desc
    ) decision
""")


async def limits_in_force(
    connection: AsyncConnection, office: str, days: Collection[date]
) -> dict[date, dict[UUID, Decimal]]:
    """Limits in percent by node on each of ``days``; only nodes with a decision valid on the day."""
    found: dict[date, dict[UUID, Decimal]] = {day: {} for day in days}
    for row in await connection.execute(_IN_FORCE, {"office": office, "days": list(days)}):
        found[row.day][row.node_id] = row.limit_percent
    return found


async def find_decision(connection: AsyncConnection, decision_id: UUID) -> AnyRow | None:
    """One decision."""
    query = select(overcontracting_decision).where(overcontracting_decision.c.id == decision_id)
    return (await connection.execute(query)).one_or_none()


async def find_by_number(connection: AsyncConnection, node_id: UUID, number_key: str) -> AnyRow | None:
    """The decision with a number in any spelling for a node; of old duplicates the first."""
    columns = overcontracting_decision.c
    query = select(overcontracting_decision).where(columns.node_id == node_id, columns.number_key == number_key)
    return (await connection.execute(query.order_by(columns.position).limit(1))).one_or_none()


def filter_decisions(node_id: UUID | None, office: str | None) -> list[ColumnElement[bool]]:
    """Filters of the list; None for any."""
    return build_equality_filters(
        {overcontracting_decision.c.node_id: node_id, overcontracting_decision.c.office: office}
    )


async def list_decisions(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the decisions that pass the filters."""
    return await read_page(connection, select(overcontracting_decision).where(*filters), DECISION_ORDER, paging)
