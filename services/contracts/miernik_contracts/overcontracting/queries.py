"""SQL of the over-contracting decisions."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_shared.database import AnyRow

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


async def find_by_number(connection: AsyncConnection, node_id: UUID, number: str) -> AnyRow | None:
    """The decision with a number for a node; of old duplicates the first."""
    columns = overcontracting_decision.c
    query = select(overcontracting_decision).where(columns.node_id == node_id, columns.number == number)
    return (await connection.execute(query.order_by(columns.position).limit(1))).one_or_none()


async def list_decisions(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], after: list[Any] | None, limit: int
) -> list[AnyRow]:
    """In the order in which they were recorded."""
    query = select(overcontracting_decision).where(*filters)
    if after:
        query = query.where(overcontracting_decision.c.position > after[0])
    return list((await connection.execute(query.order_by(overcontracting_decision.c.position).limit(limit))).all())
