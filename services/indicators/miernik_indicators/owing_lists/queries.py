"""SQL of the lists of owing units, and of the units that owe a return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import TextClause, column, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.owing.models import owing_list, owing_list_unit
from miernik_indicators.owing.queries import find_owing_units
from miernik_indicators.units.models import reporting_unit
from miernik_indicators.units.queries import select_current_units
from miernik_shared.database import AnyRow
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest

OWING_ORDER = Keyset("owing-units", (column("unit"),), (str,))
"""Order of owing units in lists: by code."""
# Returns one page of some units, with whether a submission that counted at the position reports them for a period.
_UNIT_PAGE = """
    select unit.id, unit.code as unit, state.name, unit.territory, exists (
        select from submission_unit reported join submission using (submission_no)
        where reported.unit_no = unit.unit_no and reported.effective_on = :ends_on
            and submission.form_no = :form_no and submission.position <= :position
            and submission.version is not null and not exists (
                select from submission later
                where later.return_no = submission.return_no and later.version > submission.version
                    and later.position <= :position)
    ) as given
    from reporting_unit unit
    cross join lateral (
        select name from reporting_unit_version version
        where version.unit_no = unit.unit_no and version.position <= :position order by version.version desc limit 1
    ) state
    where unit.unit_no = any (:units) {conditions}
    order by unit.code collate "C"
    limit :limit
"""
_CONDITIONS = {
    "own": "and cast(unit.id as text) = any (:own)",
    "after": 'and unit.code collate "C" > :after',
}


@dataclass(frozen=True, slots=True)
class OwingQuery:
    """Form and period whose owing units are listed, on a day and as known at a position; ``own`` limits them to ids."""

    form_no: int
    period: str
    ends_on: date
    as_of: date
    position: int
    own: Sequence[str] | None


async def list_owing_units(connection: AsyncConnection, query: OwingQuery, paging: PageRequest) -> PageOfRows:
    """One page of the units that owe the return, in order of their codes."""
    (after,) = paging.read_cursor(OWING_ORDER) or (None,)
    owing = await find_owing_units(connection, query.form_no, query.period, query.as_of, query.position)
    optional = {"own": None if query.own is None else list(query.own), "after": after}
    given = {name: value for name, value in optional.items() if value is not None}
    parameters = {
        "units": owing,
        "form_no": query.form_no,
        "ends_on": query.ends_on,
        "position": query.position,
        "limit": paging.limit + 1,
        **given,
    }
    rows = (await connection.execute(_select_unit_page(frozenset(given)), parameters)).all()
    return paging.cut_page(OWING_ORDER, rows)


@cache
def _select_unit_page(given: frozenset[str]) -> TextClause:
    conditions = " ".join(condition for name, condition in _CONDITIONS.items() if name in given)
    return text(_UNIT_PAGE.format(conditions=conditions))


async def find_list_version(connection: AsyncConnection, form_no: int, period: str, position: int) -> int | None:
    """Number of the latest version of a list that was known at a position."""
    query = select(func.max(owing_list.c.version)).where(
        owing_list.c.form_no == form_no, owing_list.c.period == period, owing_list.c.position <= position
    )
    return (await connection.execute(query)).scalar_one()


async def list_units_of_list(connection: AsyncConnection, form_no: int, period: str, version: int) -> list[str]:
    """Codes of the units of a version of a list, in order."""
    query = (
        select(reporting_unit.c.code)
        .join(owing_list_unit, owing_list_unit.c.unit_no == reporting_unit.c.unit_no)
        .where(
            owing_list_unit.c.form_no == form_no,
            owing_list_unit.c.period == period,
            owing_list_unit.c.version == version,
        )
    )
    return sorted((await connection.execute(query)).scalars())


async def find_units_with_codes(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, AnyRow]:
    """Units by code, in their latest version."""
    query = select_current_units().where(reporting_unit.c.code == func.any(list(codes)))
    return {row.code: row for row in await connection.execute(query)}


async def insert_units(
    connection: AsyncConnection, form_no: int, period: str, version: int, units: Sequence[int]
) -> None:
    """Insert the units of a version of a list."""
    key = {"form_no": form_no, "period": period, "version": version}
    if units:
        await connection.execute(insert(owing_list_unit), [key | {"unit_no": unit_no} for unit_no in units])
