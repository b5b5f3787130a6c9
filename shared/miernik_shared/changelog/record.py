"""Writing a change: the last statement of every writing transaction."""

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
    """What happened to one thing.

    ``families`` name the kinds of data that a reader must look at anew; a family may have parts, as in
    ``observations:04``. ``data`` is what other services learn; ``before`` and ``after`` are for the audit. The external
    identifiers of the past are read from ``after``.
    """

    action: str
    subject: str
    families: tuple[str, ...]
    data: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PositionedRow:
    """A row that carries the position of its change in the column ``position``."""

    table: Table
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where in the log a change stands, and its time."""

    position: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks, in which request."""

    actor: str
    request_id: str = field(default="")


async def record(
    connection: AsyncConnection, origin: Origin, change: Change, headers: Sequence[PositionedRow] = ()
) -> Recorded:
    """Takes the next position, chains the hash, inserts the change and the headers that carry its position.

    One statement. It holds the head row until the transaction ends, so nothing but the commit should follow.
    """
    statement = _statement(tuple((header.table, tuple(header.values)) for header in headers))
    parameters: dict[str, Any] = {
        "origin_actor": origin.actor,
        "origin_request": origin.request_id,
        "change_action": change.action,
        "change_subject": change.subject,
        "change_event": {"families": list(change.families), "data": dict(change.data)},
        "change_before": None if change.before is None else dict(change.before),
        "change_after": None if change.after is None else dict(change.after),
    }
    for number, header in enumerate(headers):
        parameters |= {f"{name}_{number}": value for name, value in header.values.items()}
    row = (await connection.execute(statement, parameters)).one()
    return Recorded(position=row.position, at=row.at)


@lru_cache(maxsize=256)
def _statement(headers: tuple[tuple[Table, tuple[str, ...]], ...]) -> AnySelect:
    """The statement for these headers. Kept, since putting it together costs more time than running it."""
    changed = _append().cte("changed")
    statement = select(changed.c.position, changed.c.at)
    for number, (table, names) in enumerate(headers):
        statement = statement.add_cte(_insert_header(table, names, changed, number))
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


def _insert_header(table: Table, names: tuple[str, ...], changed: CTE, number: int) -> CTE:
    values = [bindparam(f"{name}_{number}", type_=table.c[name].type) for name in names]
    rows = select(*values, changed.c.position)
    return insert(table).from_select([*names, "position"], rows).cte(f"header_{number}")
