"""SQL of the over-contracting decisions."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.overcontracting.models import overcontracting_decision
from miernik_shared.database import AnyRow

_IN_FORCE = text("""
    select distinct on (node_id) node_id, limit_percent
    from overcontracting_decision
    where office = :office and coalesce(valid_from, decided_on) <= :day and (valid_to is null or valid_to >= :day)
    order by node_id, position desc
""")


async def limits_in_force(connection: AsyncConnection, office: str, day: date) -> dict[UUID, Decimal]:
    """Limits in percent by node, where a decision is valid on the day."""
    rows = await connection.execute(_IN_FORCE, {"office": office, "day": day})
    return {row.node_id: row.limit_percent for row in rows}


async def find_decision(connection: AsyncConnection, decision_id: UUID) -> AnyRow | None:
    """One decision."""
    query = select(overcontracting_decision).where(overcontracting_decision.c.id == decision_id)
    return (await connection.execute(query)).one_or_none()


async def lock_node(connection: AsyncConnection, node_id: UUID) -> None:
    """Makes those who record decisions for a node wait for each other."""
    lock = func.pg_advisory_xact_lock(func.hashtext("overcontracting_decision"), func.hashtext(str(node_id)))
    await connection.execute(select(lock))


async def find_by_number(connection: AsyncConnection, node_id: UUID, number: str) -> AnyRow | None:
    """The decision of a number for a node; of several recorded before they were refused, the first."""
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
