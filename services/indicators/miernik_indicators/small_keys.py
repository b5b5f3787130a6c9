"""Small integer surrogate keys, drawn before the row that carries them is inserted."""

from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

_NEXT = text("select nextval(pg_get_serial_sequence(:table, :column))")


async def next_number(connection: AsyncConnection, table: Table) -> int:
    """Draw the next value of the table's identity column, which is its primary key."""
    column: Column[int] = next(iter(table.primary_key.columns))
    return (await connection.execute(_NEXT, {"table": table.name, "column": column.name})).scalar_one()
