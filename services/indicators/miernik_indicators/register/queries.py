"""SQL of the territorial register."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.register.models import territory, territory_annulment, territory_entry, territory_import
from miernik_shared.database import AnyRow, AnySelect, columns_of
from miernik_shared.filters import build_equality_filters
from miernik_shared.values.teryt import REPORTING_KINDS, TerritoryCode
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

TERRITORY_ORDER = Keyset("territories", (territory.c.sort_key, territory.c.code, territory.c.kind), (str, str, str))
"""Order of territories in lists: Polish alphabetical order of the names."""
IMPORT_ORDER = Keyset("territory-imports", (territory_import.c.import_no,), (int,), descending=True)
"""Order of imports in lists: the latest first."""
FIRST_DAY = date(1999, 1, 1)
"""Day on which the present three-level division took effect; the first file is assumed to hold since then."""

# Inserts the validity intervals of all entries, derived from all files that count; of those of one day the last.
_DERIVE = text("""
    with files as (
        select distinct on (as_of) import_no, as_of
        from (
            select import_no, as_of from territory_import
            where import_no not in (select import_no from territory_annulment)
            union all
            select import_no, as_of
            from unnest(cast(:added_no as integer[]), cast(:added_as_of as date[])) added (import_no, as_of)
        ) counting
        where import_no <> all(cast(:annulled_no as integer[]))
        order by as_of, import_no desc
    ), dated as (
        select import_no, as_of, row_number() over by_day as nth, lead(as_of) over by_day as next_as_of
        from files window by_day as (order by as_of)
    ), marked as (
        select entry.*, nth, as_of, next_as_of,
            lag(nth) over run is distinct from nth - 1
                or (lag(name) over run, lag(kind_name) over run) <> (name, kind_name) as starts
        from territory_entry entry join dated using (import_no)
        window run as (partition by code, kind order by nth)
    ), numbered as (
        select *, count(*) filter (where starts) over (partition by code, kind order by nth) as run_no from marked
    )
    insert into territory (code, kind, valid_from, valid_to, level, name, kind_name, sort_key)
    select code, kind, case when min(nth) = 1 then cast(:first_day as date) else min(as_of) end,
        (array_agg(next_as_of order by nth desc))[1], level, name, kind_name, sort_key
    from numbered
    group by code, kind, run_no, level, name, kind_name, sort_key
""")


async def find_latest_import(connection: AsyncConnection, as_of: date) -> AnyRow | None:
    """Latest import that counts of a file that describes the day."""
    query = select_imports().where(territory_import.c.as_of == as_of, territory_annulment.c.import_no.is_(None))
    return (await connection.execute(query.order_by(territory_import.c.import_no.desc()).limit(1))).one_or_none()


async def find_neighbour(
    connection: AsyncConnection, as_of: date, *, later: bool, besides: int | None = None
) -> AnyRow | None:
    """Import that counts and is the last one up to a day, or the first one after it (``later``)."""
    imports = territory_import.c
    query = select_imports().where(territory_annulment.c.import_no.is_(None))
    query = query.where(imports.as_of > as_of if later else imports.as_of <= as_of)
    if besides is not None:
        query = query.where(imports.import_no != besides)
    order = imports.as_of.asc() if later else imports.as_of.desc()
    return (await connection.execute(query.order_by(order, imports.import_no.desc()).limit(1))).one_or_none()


async def find_import(connection: AsyncConnection, import_no: int) -> AnyRow | None:
    """One import, annulled or not."""
    query = select_imports().where(territory_import.c.import_no == import_no)
    return (await connection.execute(query)).one_or_none()


async def list_imports(connection: AsyncConnection, paging: PageRequest) -> PageOfRows:
    """One page of the imports, the latest first."""
    return await read_page(connection, select_imports(), IMPORT_ORDER, paging)


async def list_entries(connection: AsyncConnection, import_no: int) -> list[AnyRow]:
    """Entries of one file."""
    query = select(territory_entry).where(territory_entry.c.import_no == import_no)
    return list((await connection.execute(query)).all())


def select_imports() -> AnySelect:
    """Select imports with the reason of their annulment, if they were annulled."""
    joined = territory_import.outerjoin(
        territory_annulment, territory_annulment.c.import_no == territory_import.c.import_no
    )
    return select(territory_import, territory_annulment.c.reason).select_from(joined)


async def insert_entries(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    """Append the entries of one file."""
    await connection.execute(insert(territory_entry), rows)


async def derive_territories(
    connection: AsyncConnection, *, added: tuple[int, date] | None = None, annulled: int | None = None
) -> None:
    """Recompute all validity intervals from all files that count, in any order of arrival.

    ``added`` is the number and the day of the file being imported, ``annulled`` the number of the one being annulled:
    their rows are inserted with the change. The day of a change between two files is unknown; it is assumed to be the
    day of the later file.
    """
    await connection.execute(delete(territory))
    parameters = {
        "added_no": [added[0]] if added else [],
        "added_as_of": [added[1]] if added else [],
        "annulled_no": [] if annulled is None else [annulled],
        "first_day": FIRST_DAY,
    }
    await connection.execute(_DERIVE, parameters)


async def read_states(connection: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
    """Entries with their validity by voivodeship, in an order of their own, as the feed brings them."""
    columns = territory.c
    rows = await connection.execute(select(territory).order_by(columns.code, columns.kind, columns.valid_from))
    states: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        days = {
            name: day and day.isoformat() for name, day in (("valid_from", row.valid_from), ("valid_to", row.valid_to))
        }
        states.setdefault(row.code[:2], []).append(columns_of(row) | days)
    return states


def select_territories_on(day: date) -> AnySelect:
    """Select the entries in force on a day, including parts of gminy (town, rural area, district)."""
    in_force = (territory.c.valid_from <= day, or_(territory.c.valid_to.is_(None), territory.c.valid_to > day))
    return select(territory).where(*in_force)


async def list_territories(
    connection: AsyncConnection, day: date, level: str | None, parent: str | None, paging: PageRequest
) -> PageOfRows:
    """One page of the entries in force on a day, of a level, below a parent."""
    query = select_territories_on(day).where(*build_equality_filters({territory.c.level: level}))
    if parent is not None:
        query = query.where(territory.c.code.startswith(parent, autoescape=True), territory.c.code != parent)
    return await read_page(connection, query, TERRITORY_ORDER, paging)


async def list_history(connection: AsyncConnection, code: str) -> list[AnyRow]:
    """All entries of a code, past and present, the latest first."""
    query = select(territory).where(territory.c.code == code)
    return list((await connection.execute(query.order_by(territory.c.valid_from.desc(), territory.c.kind))).all())


async def find_known_codes(connection: AsyncConnection, codes: list[str]) -> set[str]:
    """Codes among ``codes`` that are or once were in the register."""
    query = select(territory.c.code).where(territory.c.code == func.any(codes)).distinct()
    return set((await connection.execute(query)).scalars())


async def find_name_known_at(
    connection: AsyncConnection, code: TerritoryCode, as_of: date, position: int
) -> AnyRow | None:
    """Name and level of a territory on a day, from the files that counted at a position; None if none of them has it.

    The last file up to the day counts, or else the first one after it. A kind must be one that the gmina ever had.
    """
    past = territory_import.c.as_of <= as_of
    query = (
        select(territory_entry.c.code, territory_entry.c.name, territory_entry.c.level)
        .join(territory_import, territory_import.c.import_no == territory_entry.c.import_no)
        .where(territory_entry.c.code == code.code, *_counting_at(position))
        .where(territory_entry.c.kind.in_((code.kind,) if code.kind else ("", *REPORTING_KINDS)))
        .order_by(past.desc(), func.abs(territory_import.c.as_of - as_of), territory_import.c.import_no.desc())
        .limit(1)
    )
    return (await connection.execute(query)).one_or_none()


async def has_register(connection: AsyncConnection, position: int) -> bool:
    """Whether any file counted at a position."""
    query = select(territory_import.c.import_no).where(*_counting_at(position)).limit(1)
    return (await connection.execute(query)).one_or_none() is not None


def _counting_at(position: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Conditions for the imports that were recorded at a position and not annulled by then."""
    annulment = territory_annulment.c
    annulled = select(annulment.import_no).where(
        annulment.import_no == territory_import.c.import_no, annulment.position <= position
    )
    return territory_import.c.position <= position, ~annulled.exists()
