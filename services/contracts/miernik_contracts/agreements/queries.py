"""SQL of the agreements."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.agreements.models import agreement, agreement_version
from miernik_shared.database import AnyRow

IDENTITY = ("office", "number", "kind", "application_id", "node_id", "signed_on")
"""What never changes of an agreement."""


async def lock_number(connection: AsyncConnection, office: str, number: str) -> None:
    """Makes those who sign under one number wait for each other."""
    lock = func.pg_advisory_xact_lock(func.hashtext("agreement_number"), func.hashtext(f"{office}/{number}"))
    await connection.execute(select(lock))


async def find_by_id(connection: AsyncConnection, agreement_id: UUID) -> AnyRow | None:
    """One agreement."""
    return (await connection.execute(select(agreement).where(agreement.c.id == agreement_id))).one_or_none()


async def find_by_number(connection: AsyncConnection, office: str, number: str) -> AnyRow | None:
    """One agreement by its number within the office."""
    query = select(agreement).where(agreement.c.office == office, agreement.c.number == number)
    return (await connection.execute(query)).one_or_none()


async def lock_agreement(connection: AsyncConnection, agreement_no: int) -> AnyRow:
    """The agreement's row, held until the transaction ends."""
    query = select(agreement).where(agreement.c.agreement_no == agreement_no).with_for_update()
    return (await connection.execute(query)).one()


async def of_application(connection: AsyncConnection, application_id: UUID) -> list[AnyRow]:
    """All agreements of an application, ended ones too."""
    query = select(agreement).where(agreement.c.application_id == application_id)
    return list((await connection.execute(query.order_by(agreement.c.agreement_no))).all())


async def versions_of(connection: AsyncConnection, numbers: Sequence[int]) -> list[AnyRow]:
    """All versions of some agreements, oldest first."""
    query = select(agreement_version).where(agreement_version.c.agreement_no == func.any(list(numbers)))
    ordered = query.order_by(agreement_version.c.agreement_no, agreement_version.c.version)
    return list((await connection.execute(ordered)).all())


async def add_agreement(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Adds the row of a new agreement; its small number."""
    statement = insert(agreement).values(values).returning(agreement.c.agreement_no)
    return (await connection.execute(statement)).scalar_one()


async def advance(connection: AsyncConnection, agreement_no: int, values: dict[str, Any]) -> None:
    """Moves the row of an agreement to its next version."""
    await connection.execute(update(agreement).where(agreement.c.agreement_no == agreement_no).values(values))


async def list_agreements(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], after: list[Any] | None, limit: int
) -> list[AnyRow]:
    """In the order in which they were recorded."""
    query = select(agreement).where(*filters)
    if after:
        query = query.where(agreement.c.agreement_no > after[0])
    return list((await connection.execute(query.order_by(agreement.c.agreement_no).limit(limit))).all())
