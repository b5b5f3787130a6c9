"""Writing versions of applications, one or thousands: COPY into a temporary table, then set-based statements.

The order of the locks is the same for every writer: rows of applications in the order of their keys, new numbers in
their order, the sums in key order, the head of the log. So writers wait for each other, but never in a circle.
"""

import asyncio
import io
from collections.abc import Sequence
from typing import Any, cast

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.applications.state import IDENTITY, STAGES, STATE
from miernik_shared.changelog.record import Change, FactHeader
from miernik_shared.identifiers import new_id
from miernik_shared.problems import Problem
from miernik_shared.web.work import Work

_STATE = ", ".join(STATE)
_STAGED = (*IDENTITY, *STATE)
_TABLE = text("""
    create temporary table if not exists staged_application (
        number text, id uuid, application_no integer, version integer, node_no integer, call_no integer,
        organisation_no integer, title text, submitted_on date, submitted_value_pln numeric(18, 2),
        formally_positive_on date, formally_positive_value_pln numeric(18, 2), accepted_on date,
        accepted_value_pln numeric(18, 2), withdrawn_on date, rejected_on date
    ) on commit delete rows
""")
_COPY = sql.SQL("copy staged_application ({}) from stdin (format csv)").format(
    sql.SQL(", ").join(map(sql.Identifier, _STAGED))
)
_REGISTER = text("""
    insert into application (id, office, number, current_version)
    select id, :office, number, version from staged_application where application_no is null order by number
    on conflict (office, number) do nothing
""")
_POINT = text("""
    update application set current_version = staged.version
    from staged_application staged where staged.application_no = application.application_no
""")
_REACHED = ", ".join(f"('{stage}', state.{stage}_on, state.{stage}_value_pln)" for stage in STAGES)
# A stage adds to the sums on its day; what the version before had added is taken off.
_ROLL_UP = text(f"""
    with state as (
        select 1 as sign, {_STATE} from staged_application
        union all
        select -1, {", ".join(f"former.{name}" for name in STATE)}
        from staged_application staged join application_version former
            on former.application_no = staged.application_no and former.version = staged.version - 1
    )
    insert into pipeline_rollup (office, node_no, call_no, stage, effective_on, number, value_pln)
    select :office, coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on, sum(sign), sum(sign * value_pln)
    from state cross join lateral (values {_REACHED}) reached (stage, effective_on, value_pln)
    where effective_on is not null
    group by coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on
    having sum(sign) <> 0 or sum(sign * value_pln) <> 0
    order by coalesce(node_no, 0), coalesce(call_no, 0), stage, effective_on
    on conflict (office, node_no, call_no, stage, effective_on) do update set
        number = pipeline_rollup.number + excluded.number,
        value_pln = pipeline_rollup.value_pln + excluded.value_pln
""")
_APPEND = text(f"""
    insert into application_version (application_no, version, office, {_STATE}, import_no, position)
    select application.application_no, staged.version, :office,
        {", ".join(f"staged.{name}" for name in STATE)}, :import_no, :position
    from staged_application staged
    join application on application.office = :office and application.number = staged.number
    order by application.application_no
""")


def with_new_versions(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the version that they become, and an id for each application that is new."""
    ids = pl.Series("new_id", [str(new_id()) for _ in range(rows.height)], dtype=pl.String)
    return rows.with_columns(pl.coalesce("id", ids).alias("id"), pl.col("version") + 1)


async def write_versions(
    work: Work, office: str, rows: pl.DataFrame, change: Change, headers: Sequence[FactHeader], import_no: int | None
) -> None:
    """Stores the rows of :func:`with_new_versions` and records the change.

    The versions follow the change because they carry its position; nothing else does. Raises 409 when a number was
    registered by another writer in between.
    """
    await _stage(work.connection, rows.select(_STAGED))
    registered = await work.connection.execute(_REGISTER, {"office": office})
    if registered.rowcount != rows["application_no"].null_count():
        raise Problem(409, "raced", headers={"Retry-After": "1"})
    await work.connection.execute(_POINT)
    await work.connection.execute(_ROLL_UP, {"office": office})
    recorded = await work.record(change, *headers)
    carried: dict[str, Any] = {"office": office, "import_no": import_no, "position": recorded.position}
    await work.connection.execute(_APPEND, carried)


async def _stage(connection: AsyncConnection, rows: pl.DataFrame) -> None:
    await connection.execute(_TABLE)
    raw = await connection.get_raw_connection()
    # The engine is made for this driver.
    driver = cast("psycopg.AsyncConnection[TupleRow]", raw.driver_connection)
    content = await asyncio.to_thread(_csv, rows)
    async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        await copy.write(content)


def _csv(rows: pl.DataFrame) -> memoryview:
    buffer = io.BytesIO()
    rows.write_csv(buffer, include_header=False)
    return buffer.getbuffer()
