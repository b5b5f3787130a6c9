"""SQL of the organisations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.organisations.models import organisation, organisation_version
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

ORGANISATION_ORDER = Keyset(
    "organisations", (organisation_version.c.sort_key, organisation.c.organisation_no), (str, int)
)
"""Order of organisations in lists: Polish alphabetical order of the names."""


def select_current_organisations() -> AnySelect:
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


# One organisation by its public id, and one by its current REGON.
_BY_ID = select_current_organisations().where(organisation.c.id == bindparam("id"))
_BY_REGON = select_current_organisations().where(organisation_version.c.regon == bindparam("regon"))


async def find_by_id(connection: AsyncConnection, organisation_id: UUID) -> AnyRow | None:
    """One organisation by its public id."""
    return (await connection.execute(_BY_ID, {"id": organisation_id})).one_or_none()


async def find_by_regon(connection: AsyncConnection, regon: str) -> AnyRow | None:
    """The organisation whose latest version has this REGON."""
    return (await connection.execute(_BY_REGON, {"regon": regon})).one_or_none()


async def list_organisations(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the organisations that pass the filters."""
    return await read_page(connection, select_current_organisations().where(*filters), ORGANISATION_ORDER, paging)
