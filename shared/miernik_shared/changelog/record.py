"""Writing a change: the last statement of every writing transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Table, bindparam, column, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import BigInteger, DateTime

from miernik_shared.database import AnySelect


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one thing.

    ``families`` name the kinds of data that a reader must look at anew; a family may have parts, as in
    ``observations:04``. ``data`` is what other services learn; ``before`` and ``after`` are for the audit.
    """

    action: str
    subject: str
    families: tuple[str, ...]
    data: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FactHeader:
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
    connection: AsyncConnection, origin: Origin, change: Change, headers: Sequence[FactHeader] = ()
) -> Recorded:
    """Takes the next position, chains the hash, inserts the change and the headers that carry its position.

    One statement. It holds the head row until the transaction ends, so nothing but the commit should follow.
    """
    changed = _append(origin, change).cte("changed")
    statement = select(changed.c.position, changed.c.at)
    for number, header in enumerate(headers):
        statement = statement.add_cte(_insert_header(header, changed, number))
    row = (await connection.execute(statement)).one()
    return Recorded(position=row.position, at=row.at)


def _append(origin: Origin, change: Change) -> AnySelect:
    event = {"families": list(change.families), "data": dict(change.data)}
    appended = func.append_change(
        origin.actor, origin.request_id, change.action, change.subject, _json(event), _json(change.before),
        _json(change.after),
    ).table_valued(column("position", BigInteger), column("at", DateTime(timezone=True)))  # fmt: skip
    return select(appended.c.position, appended.c.at)


def _json(value: Mapping[str, Any] | None) -> Any:
    return bindparam(None, None if value is None else dict(value), type_=JSONB(none_as_null=True))


def _insert_header(header: FactHeader, changed: CTE, number: int) -> CTE:
    values = [bindparam(None, value, type_=header.table.c[name].type) for name, value in header.values.items()]
    rows = select(*values, changed.c.position)
    return insert(header.table).from_select([*header.values, "position"], rows).cte(f"header_{number}")
