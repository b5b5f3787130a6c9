"""Recording of a change in the log: the last statement of every writing transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, Table, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger, DateTime, Text

from miernik_shared.database import AnySelect


@dataclass(frozen=True, slots=True)
class Change:
    """Change of one entity.

    ``families`` are the kinds of data whose caches it invalidates; a family may have parts, as in
    ``observations:04``. ``data`` is published to other services; ``before`` and ``after`` are for the audit, and past
    external identifiers are read from ``after``.
    """

    action: str
    subject: str
    families: tuple[str, ...]
    data: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PositionedRow:
    """Row to insert with the position of its change in the column ``position``."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Position and time of a recorded change."""

    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Client and request that caused a change."""

    actor: str
    request_id: str = field(default="")


async def record(
    connection: AsyncConnection, origin: Origin, change: Change, rows: Sequence[PositionedRow] = ()
) -> Recorded:
    """Append the change at the next position, chain its hash, and insert the rows that carry its position.

    This is one statement. It locks the head row until the transaction ends, so only the commit should follow.
    """
    statement = _statement(tuple((one.table, tuple(one.values)) for one in rows))
    parameters: dict[str, Any] = {
        "origin_actor": origin.actor,
        "origin_request": origin.request_id,
        "change_action": change.action,
        "change_subject": change.subject,
        "change_event": {"families": list(change.families), "data": dict(change.data)},
        "change_before": None if change.before is None else dict(change.before),
        "change_after": None if change.after is None else dict(change.after),
    }
    for number, one in enumerate(rows):
        parameters |= {f"{name}_{number}": value for name, value in one.values.items()}
    row = (await connection.execute(statement, parameters)).one()
    return Recorded(position=row.position, at=row.at)


@lru_cache(maxsize=256)
def _statement(rows: tuple[tuple[Table, tuple[str, ...]], ...]) -> AnySelect:
    """Statement that records a change with these rows. Cached: building it takes longer than running it."""
    changed = _append().cte("changed")
    statement = select(changed.c.position, changed.c.at)
    for number, (table, names) in enumerate(rows):
        statement = statement.add_cte(_insert_row(table, names, changed, number))
    return statement


def _append() -> AnySelect:
    document = JSONB(none_as_null=True)
    appended = func.append_change(
        bindparam("origin_actor", type_=Text),
        bindparam("origin_request", type_=Text),
        bindparam("change_action", type_=Text),
        bindparam("change_subject", type_=Text),
        bindparam("change_event", type_=document),
        bindparam("change_before", type_=document),
        bindparam("change_after", type_=document),
    ).table_valued(column("position", BigInteger), column("at", DateTime(timezone=True)))
    return select(appended.c.position, appended.c.at)


def _insert_row(table: Table, names: tuple[str, ...], changed: CTE, number: int) -> CTE:
    values = [bindparam(f"{name}_{number}", type_=table.c[name].type) for name in names]
    selected = select(*values, changed.c.position)
    return insert(table).from_select([*names, "position"], selected).cte(f"row_{number}")
