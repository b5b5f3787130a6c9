"""SQL of the indicators."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.definitions.models import (
    breakdown,
    indicator,
    indicator_series,
    indicator_version,
    target,
)
from miernik_shared.database import AnyRow
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

INDICATOR_ORDER = Keyset("indicators", (indicator.c.sort_key,), (str,))
"""Order of indicators in lists: by measure and code, digits compared as numbers."""


async def find_indicator(connection: AsyncConnection, code: str) -> AnyRow | None:
    """Indicator with the code."""
    return (await connection.execute(select(indicator).where(indicator.c.code == code))).one_or_none()


async def list_versions(connection: AsyncConnection, numbers: Sequence[int]) -> list[AnyRow]:
    """All versions of the indicators, oldest first."""
    query = select(indicator_version).where(indicator_version.c.indicator_no == func.any(list(numbers)))
    return list((await connection.execute(query.order_by(indicator_version.c.version))).all())


async def list_targets(connection: AsyncConnection, numbers: Sequence[int]) -> list[AnyRow]:
    """All targets of the indicators in the order of recording."""
    query = (
        select(target, breakdown.c.code.label("breakdown"))
        .join(breakdown, breakdown.c.breakdown_no == target.c.breakdown_no)
        .where(target.c.indicator_no == func.any(list(numbers)))
    )
    return list((await connection.execute(query.order_by(target.c.target_no))).all())


async def list_indicators(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the indicators that pass the filters."""
    return await read_page(connection, select(indicator).where(*filters), INDICATOR_ORDER, paging)


async def next_series_no(connection: AsyncConnection) -> int:
    """Key of a new series."""
    return (await connection.execute(select(indicator_series.next_value()))).scalar_one()


async def ensure_breakdown_numbers(
    connection: AsyncConnection, codes: Sequence[str], position: int = 0
) -> dict[str, int]:
    """Keys of breakdown codes; a new code gets a key."""
    query = select(breakdown.c.code, breakdown.c.breakdown_no).where(breakdown.c.code == func.any(list(codes)))
    numbers = {row.code: row.breakdown_no for row in await connection.execute(query)}
    # Only new codes: an insert that conflicts would still use up one of the 32,767 keys.
    if new := sorted(set(codes) - set(numbers)):
        rows = [{"code": code, "position": position} for code in new]
        await connection.execute(insert(breakdown).values(rows).on_conflict_do_nothing())
        numbers = {row.code: row.breakdown_no for row in await connection.execute(query)}
    return numbers
