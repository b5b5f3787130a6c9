"""SQL of the organisations."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.organisations.models import organisation, organisation_version
from miernik_shared.database import AnyRow, AnySelect


def current_organisations() -> AnySelect:
    """Organisations with their latest version."""
    version = organisation_version.c
    later = organisation_version.alias("later")
    is_latest = ~(
        select(later.c.version)
        .where(later.c.organisation_no == version.organisation_no, later.c.version > version.version)
        .exists()
    )
    joined = organisation.join(
        organisation_version, and_(version.organisation_no == organisation.c.organisation_no, is_latest)
    )
    numbers = [version.nip, version.regon, version.krs]
    columns = [version.version, version.name, version.sort_key, *numbers, version.territory, version.kind]
    return select(organisation, *columns).select_from(joined)


_BY_ID = current_organisations().where(organisation.c.id == bindparam("id"))
_BY_REGON = current_organisations().where(organisation_version.c.regon == bindparam("regon"))


async def find_by_id(connection: AsyncConnection, organisation_id: UUID) -> AnyRow | None:
    """One organisation by its public id."""
    return (await connection.execute(_BY_ID, {"id": organisation_id})).one_or_none()


async def find_by_regon(connection: AsyncConnection, regon: str) -> AnyRow | None:
    """The organisation that has this REGON now."""
    return (await connection.execute(_BY_REGON, {"regon": regon})).one_or_none()


async def list_organisations(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], after: list[Any] | None, limit: int
) -> list[AnyRow]:
    """In Polish alphabetical order of the names."""
    key = tuple_(organisation_version.c.sort_key, organisation.c.organisation_no)
    query = current_organisations().where(*filters)
    if after:
        query = query.where(key > tuple_(*(literal(value) for value in after)))
    return list((await connection.execute(query.order_by(*key.clauses).limit(limit))).all())
