"""SQL of the reporting units."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.units.models import reporting_unit, reporting_unit_version
from miernik_shared.database import AnyRow, AnySelect


def select_current_units() -> AnySelect:
    """Select units with their latest version."""
    later = reporting_unit_version.alias("later")
    is_latest = ~(
        select(later.c.version)
        .where(later.c.unit_no == reporting_unit_version.c.unit_no, later.c.version > reporting_unit_version.c.version)
        .exists()
    )
    joined = reporting_unit.join(
        reporting_unit_version, and_(reporting_unit_version.c.unit_no == reporting_unit.c.unit_no, is_latest)
    )
    version = reporting_unit_version.c
    columns = [version.version, version.name, version.sort_key, version.nip, version.regon]
    return select(reporting_unit, *columns, version.active_from, version.active_to).select_from(joined)


# Returns one unit by its public id.
_BY_ID = select_current_units().where(reporting_unit.c.id == bindparam("id"))
# Returns one unit by its code.
_BY_CODE = select_current_units().where(reporting_unit.c.code == bindparam("code"))


async def find_by_id(connection: AsyncConnection, unit_id: UUID) -> AnyRow | None:
    """Unit with the public id."""
    return (await connection.execute(_BY_ID, {"id": unit_id})).one_or_none()


async def find_by_code(connection: AsyncConnection, code: str) -> AnyRow | None:
    """Unit with the code."""
    return (await connection.execute(_BY_CODE, {"code": code})).one_or_none()


async def find_units_of_territory(connection: AsyncConnection, territory: str) -> list[AnyRow]:
    """Keys and ids of the units of a gmina, powiat or voivodeship; not those of the territories inside it."""
    query = select(reporting_unit.c.unit_no, reporting_unit.c.id).where(reporting_unit.c.territory == territory)
    return list((await connection.execute(query)).all())


async def list_units(
    connection: AsyncConnection,
    kind: str | None,
    territory: str | None,
    code: str | None,
    after: list[Any] | None,
    limit: int,
) -> list[AnyRow]:
    """One page of units in Polish alphabetical order of their names. ``territory`` is a prefix of the TERC."""
    key = tuple_(reporting_unit_version.c.sort_key, reporting_unit.c.code)
    query = select_current_units()
    if kind:
        query = query.where(reporting_unit.c.kind == kind)
    if territory:
        query = query.where(reporting_unit.c.territory.like(f"{territory}%"))
    if code:
        query = query.where(reporting_unit.c.code == code)
    if after:
        query = query.where(key > tuple_(*(literal(value) for value in after)))
    return list((await connection.execute(query.order_by(*key.clauses).limit(limit))).all())
