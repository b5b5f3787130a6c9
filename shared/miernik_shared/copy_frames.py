"""``COPY`` of a data frame into a table, in slices: the next is serialized while the server receives one."""

import asyncio
import io
from typing import cast

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncConnection

_SLICE = 100_000
_SMALL = 5_000
"""Number of rows that are serialized faster than a thread starts."""


async def copy_frame(connection: AsyncConnection, table: str, rows: pl.DataFrame) -> None:
    """Append the rows of a frame to a table whose columns have the same names. Null and "" stay distinct."""
    raw = await connection.get_raw_connection()
    # Our engines use no other driver.
    driver = cast("psycopg.AsyncConnection[TupleRow]", raw.driver_connection)
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(table), columns)
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        if rows.height <= _SMALL:
            await copy.write(_write_csv(rows))
            return
        pending = _write_csv_in_thread(rows.slice(0, _SLICE))
        for start in range(_SLICE, rows.height + _SLICE, _SLICE):
            content, pending = await pending, _write_csv_in_thread(rows.slice(start, _SLICE))
            await copy.write(content)
        await pending


def _write_csv_in_thread(rows: pl.DataFrame) -> "asyncio.Task[memoryview]":
    return asyncio.create_task(asyncio.to_thread(_write_csv, rows))


def _write_csv(rows: pl.DataFrame) -> memoryview:
    buffer = io.BytesIO()
    rows.write_csv(buffer, include_header=False)
    return buffer.getbuffer()
