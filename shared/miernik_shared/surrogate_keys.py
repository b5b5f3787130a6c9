"""Surrogate keys: small integers that identify an entity inside a schema."""

from sqlalchemy import Column, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The next value of the sequence behind an identity column.
_NEXT_KEY = text("select nextval(pg_get_serial_sequence(:table, :column))")


async def next_key(connection: AsyncConnection, table: Table) -> int:
    """Next value of the table's identity column, which is its primary key, drawn before the row is inserted."""
    column: Column[int] = next(iter(table.primary_key.columns))
    return (await connection.execute(_NEXT_KEY, {"table": table.name, "column": column.name})).scalar_one()
