"""SQL of the exchange rates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.rates.models import exchange_rate, rate_import
from miernik_contracts.rates.plausibility import DatedRate
from miernik_contracts.rates.rules import RateSource, oldest_day
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.filters import build_equality_filters
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

RATE_ORDER = Keyset(
    "exchange-rates", (exchange_rate.c.effective_on, exchange_rate.c.rate_no), (date, int), descending=True
)
"""Latest day first; within a day the latest correction first."""
# The rate in force for each requested key and day, as known at a position.
_RATES_ON = text("""
    select wanted.no, found.*
    from unnest(cast(:sources as text[]), cast(:offices as text[]), cast(:currencies as text[]), cast(:days as date[]),
        cast(:oldest as date[])) with ordinality as wanted (source, office, currency, day, oldest, no)
    cross join lateral (
        select table_no, effective_on, rate
        from exchange_rate join rate_import using (import_no)
        where exchange_rate.source = wanted.source and exchange_rate.currency = wanted.currency
            and exchange_rate.office is not distinct from wanted.office
            and effective_on between wanted.oldest and wanted.day
            and (cast(:position as bigint) is null or position <= :position)
        order by effective_on desc, import_no desc, rate_no desc
        limit 1
    ) found
""")
# Table numbers among some that the current rates carry on other days, with those days.
_TABLES_OF_OTHER_DAYS = text("""
    select table_no, effective_on
    from (
        select distinct on (effective_on) table_no, effective_on from exchange_rate
        where source = :source and currency = :currency and office is not distinct from :office
        order by effective_on, import_no desc, rate_no desc
    ) standing
    where table_no = any(:numbers) and effective_on <> all(:days)
    order by effective_on
""")
# Current rates of a currency in a span of days, of all sources and offices, but for those that are replaced: of one
# source and office, on some days.
_RATES_AROUND = text("""
    select distinct on (source, office, effective_on) effective_on, rate
    from exchange_rate
    where currency = :currency and effective_on between :first and :last
        and not (source = :source and office is not distinct from :office and effective_on = any(:replaced))
    order by source, office, effective_on, import_no desc, rate_no desc
""")
# Current table number of each day of a span with a table of the NBP, whatever the currency.
_TABLES_BETWEEN = text("""
    select distinct on (effective_on) effective_on, table_no
    from exchange_rate
    where source = 'nbp_a' and table_no is not null and effective_on between :first and :last
    order by effective_on, import_no desc, rate_no desc
""")


@dataclass(frozen=True, slots=True)
class RateKey:
    """Source and currency of a rate; ``office`` for an office's own rate only."""

    source: RateSource
    office: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in force on the day ``asked_on``."""

    key: RateKey
    table_no: str | None
    effective_on: date
    rate: Decimal
    asked_on: date


async def rates_on(
    connection: AsyncConnection, wanted: Collection[tuple[RateKey, date]], position: int | None = None
) -> dict[tuple[RateKey, date], Rate]:
    """Rates in force on days by the rules of their sources, as known at a position; no entry where there is none."""
    in_order = list(wanted)
    parameters = {
        "sources": [key.source for key, _ in in_order],
        "offices": [key.office for key, _ in in_order],
        "currencies": [key.currency for key, _ in in_order],
        "days": [day for _, day in in_order],
        "oldest": [oldest_day(key.source, day) for key, day in in_order],
        "position": position,
    }
    found: dict[tuple[RateKey, date], Rate] = {}
    for row in await connection.execute(_RATES_ON, parameters):
        key, day = in_order[int(row.no) - 1]
        found[key, day] = Rate(key, row.table_no, row.effective_on, row.rate, day)
    return found


async def rate_on(connection: AsyncConnection, key: RateKey, day: date, position: int | None = None) -> Rate | None:
    """Rate in force on one day; None if there is none."""
    return (await rates_on(connection, [(key, day)], position)).get((key, day))


async def rates_between(connection: AsyncConnection, key: RateKey, first: date, last: date) -> dict[date, AnyRow]:
    """Current rate of each day of a span that has a rate of its own."""
    query = _of_key(key).where(exchange_rate.c.effective_on.between(first, last))
    in_order = query.order_by(exchange_rate.c.import_no, exchange_rate.c.rate_no)
    return {row.effective_on: row for row in await connection.execute(in_order)}


async def tables_of_other_days(
    connection: AsyncConnection, key: RateKey, numbers: Sequence[str], days: Sequence[date]
) -> dict[str, date]:
    """Table numbers among ``numbers`` that the current rates carry on other days, with those days.

    A corrected rate is not current any more.
    """
    parameters = {"source": key.source, "currency": key.currency, "office": key.office}
    rows = await connection.execute(_TABLES_OF_OTHER_DAYS, parameters | {"numbers": list(numbers), "days": list(days)})
    return {row.table_no: row.effective_on for row in rows}


async def rates_around(
    connection: AsyncConnection, key: RateKey, replaced: Sequence[date], first: date, last: date
) -> list[DatedRate]:
    """Current rates of the key's currency in a span of days, but for those of the key on the ``replaced`` days."""
    parameters = {
        "source": key.source, "office": key.office, "currency": key.currency, "replaced": list(replaced),
        "first": first, "last": last,
    }  # fmt: skip
    return [DatedRate(row.effective_on, row.rate) for row in await connection.execute(_RATES_AROUND, parameters)]


async def tables_between(connection: AsyncConnection, first: date, last: date) -> dict[date, str]:
    """Current table number of each day of a span that has a table of the NBP."""
    rows = await connection.execute(_TABLES_BETWEEN, {"first": first, "last": last})
    return {row.effective_on: row.table_no for row in rows}


async def insert_rates(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Append the rates of one import."""
    await connection.execute(insert(exchange_rate), list(rows))


def filter_rates(
    source: RateSource | None, office: str | None, currency: str, effective_on: date | None
) -> list[ColumnElement[bool]]:
    """Filters of the list; None for any."""
    rate = exchange_rate.c
    return build_equality_filters({
        rate.source: source, rate.office: office, rate.currency: currency, rate.effective_on: effective_on,
    })  # fmt: skip


async def list_rates(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the rates that pass the filters."""
    return await read_page(connection, _rates().where(*filters), RATE_ORDER, paging)


def _rates() -> AnySelect:
    joined = exchange_rate.join(rate_import, rate_import.c.import_no == exchange_rate.c.import_no)
    return select(exchange_rate, rate_import.c.position).select_from(joined)


def _of_key(key: RateKey) -> AnySelect:
    return _rates().where(
        exchange_rate.c.source == key.source,
        exchange_rate.c.currency == key.currency,
        exchange_rate.c.office.is_not_distinct_from(key.office),
    )
