"""SQL of the exchange rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, insert, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_contracts.rates.models import exchange_rate, rate_import
from miernik_contracts.rates.rules import RateSource, oldest_day
from miernik_shared.database import AnyRow, AnySelect

_RATE_ON = text("""
    select table_no, effective_on, rate
    from exchange_rate join rate_import using (import_no)
    where exchange_rate.source = :source and currency = :currency and office is not distinct from :office
        and effective_on between :oldest and :day
        and (cast(:position as bigint) is null or position <= :position)
    order by effective_on desc, import_no desc, rate_no desc
    limit 1
""")
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


@dataclass(frozen=True, slots=True)
class RateKey:
    """Whose rate of which currency; ``office`` for an office's own rate only."""

    source: RateSource
    office: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate that holds on the day ``asked_on``."""

    key: RateKey
    table_no: str | None
    effective_on: date
    rate: Decimal
    asked_on: date


async def lock_rates(connection: AsyncConnection) -> None:
    """Makes the writers of rates wait for each other: import numbers must follow the positions."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("exchange_rate"), 0)))


async def rate_on(connection: AsyncConnection, key: RateKey, day: date, position: int | None = None) -> Rate | None:
    """The rate that holds on a day by the source's rule, as known at a position; ``None`` where there is none."""
    parameters = {
        "source": key.source,
        "office": key.office,
        "currency": key.currency,
        "day": day,
        "oldest": oldest_day(key.source, day),
        "position": position,
    }
    row = (await connection.execute(_RATE_ON, parameters)).one_or_none()
    return Rate(key, row.table_no, row.effective_on, row.rate, day) if row else None


async def rates_between(connection: AsyncConnection, key: RateKey, first: date, last: date) -> dict[date, AnyRow]:
    """The rates that stand for the days of a span; only days with a rate of their own."""
    query = _of_key(key).where(exchange_rate.c.effective_on.between(first, last))
    in_order = query.order_by(exchange_rate.c.import_no, exchange_rate.c.rate_no)
    return {row.effective_on: row for row in await connection.execute(in_order)}


async def tables_of_other_days(
    connection: AsyncConnection, key: RateKey, numbers: Sequence[str], days: Sequence[date]
) -> dict[str, date]:
    """Which of the tables stand for another day than those given, and for which; what was corrected stands no more."""
    parameters = {"source": key.source, "currency": key.currency, "office": key.office}
    rows = await connection.execute(_TABLES_OF_OTHER_DAYS, parameters | {"numbers": list(numbers), "days": list(days)})
    return {row.table_no: row.effective_on for row in rows}


async def insert_rates(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Appends the rates of one import."""
    await connection.execute(insert(exchange_rate), list(rows))


async def list_rates(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], after: list[Any] | None, limit: int
) -> list[AnyRow]:
    """The latest day first, within a day the latest correction first."""
    key = tuple_(exchange_rate.c.effective_on, exchange_rate.c.rate_no)
    query = _rates().where(*filters)
    if after:
        query = query.where(key < tuple_(*(literal(value) for value in after)))
    ordered = query.order_by(exchange_rate.c.effective_on.desc(), exchange_rate.c.rate_no.desc())
    return list((await connection.execute(ordered.limit(limit))).all())


def _rates() -> AnySelect:
    joined = exchange_rate.join(rate_import, rate_import.c.import_no == exchange_rate.c.import_no)
    return select(exchange_rate, rate_import.c.position).select_from(joined)


def _of_key(key: RateKey) -> AnySelect:
    return _rates().where(
        exchange_rate.c.source == key.source,
        exchange_rate.c.currency == key.currency,
        exchange_rate.c.office.is_not_distinct_from(key.office),
    )
