"""SQL of the reporting units."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.units.models import reporting_unit, reporting_unit_version
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

UNIT_ORDER = Keyset("reporting-units", (reporting_unit_version.c.sort_key, reporting_unit.c.code), (str, str))
"""Order of units in lists: Polish alphabetical order of the names."""


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
    shown = [column for column in reporting_unit_version.c if column.name not in {"unit_no", "position"}]
    return select(reporting_unit, *shown).select_from(joined)


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
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the units that pass the filters."""
    return await read_page(connection, select_current_units().where(*filters), UNIT_ORDER, paging)
