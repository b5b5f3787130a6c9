"""Engine and sessions: SQLAlchemy's async engine on psycopg 3."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def driver_url(url: str) -> str:
    """The same address for SQLAlchemy with psycopg 3 as its driver."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def create_engine(url: str, pool_size: int, statement_timeout_ms: int) -> AsyncEngine:
    """An engine whose connections are in UTC and give up after the statement timeout."""
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


def lost_connection(error: DBAPIError) -> bool:
    """Whether the server went away, so that the outcome of the transaction is unknown."""
    return error.connection_invalidated or type(error.orig).__name__ in {"OperationalError", "AdminShutdown"}


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A read-only transaction in which every statement sees the same state."""
    async with engine.connect() as connection:
        await connection.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True, postgresql_deferrable=False
        )
        async with connection.begin():
            yield connection
