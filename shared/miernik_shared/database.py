"""SQLAlchemy's async engine on psycopg 3, snapshots, and the classes of database errors."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import Row, Select, make_url
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

AnyRow = Row[*tuple[Any, ...]]
"""Row with any columns."""
AnySelect = Select[*tuple[Any, ...]]
"""Query that selects any columns."""


def columns_of(row: AnyRow) -> dict[str, Any]:
    """Values of a row by column name."""
    return dict(row._mapping)  # pyright: ignore[reportPrivateUsage] - documented, in spite of its name


def driver_url(url: str) -> str:
    """Database URL for SQLAlchemy with psycopg 3 as its driver."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def create_engine(url: str, pool_size: int, statement_timeout_ms: int) -> AsyncEngine:
    """Engine whose connections use UTC and cancel a statement after the timeout (0: never)."""
    options = (
        f"-c timezone=UTC -c statement_timeout={statement_timeout_ms} -c idle_in_transaction_session_timeout=60000"
    )
    return create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


# SQLSTATEs: shutting down, crashed, starting, no connection left; None when the connection failed or timed out.
_GONE = {None, "57P01", "57P02", "57P03", "53300"}
# Text with U+0000 (rejected by the driver without a SQLSTATE, or in JSON by the server), a number out of range.
_UNSTORABLE = {None, "22P05", "22003"}

# Concurrent writers: unique violation, deadlock, serialization failure. This transaction was rolled back.
_RACED = {"23505", "40P01", "40001"}


def is_connection_lost(error: DBAPIError | psycopg.Error | TimeoutError) -> bool:
    """Whether the connection was lost or none was available, so that the outcome of the transaction is unknown.

    ``COPY`` bypasses SQLAlchemy and raises the driver's own errors.
    """
    if isinstance(error, TimeoutError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.OperationalError) and cause.sqlstate in _GONE


def is_unstorable_value(error: Exception) -> bool:
    """Whether a value of the request cannot be stored in any column."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(cause, psycopg.DataError) and cause.sqlstate in _UNSTORABLE


def is_write_conflict(error: Exception) -> bool:
    """Whether a concurrent writer made this transaction fail."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.Error) and cause.sqlstate in _RACED


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """Read-only transaction in which every statement sees the same state (repeatable read)."""
    async with engine.connect() as connection:
        await connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True, postgresql_deferrable=False
        )
        async with connection.begin():
            yield connection
