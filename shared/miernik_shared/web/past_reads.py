"""Time budget of a read of the past, which folds versions and so takes longer the more versions there are."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from miernik_shared.problems import Problem
from miernik_shared.web.unit_of_work import UnitOfWork

# Sets the timeout of each statement until the transaction ends; returns the new setting.
_LIMIT_STATEMENTS = text("select set_config('statement_timeout', :limit, true)")


@asynccontextmanager
async def time_budget(work: UnitOfWork, *, of_present: bool = False) -> AsyncGenerator[None]:
    """Limit each statement of a past read. Raises 503 when one takes longer.

    A read of the present has no budget, unless it folds versions too (``of_present``).
    """
    if work.known_position is None and not of_present:
        yield
        return
    seconds = work.service.settings.past_read_seconds
    await work.connection.execute(_LIMIT_STATEMENTS, {"limit": str(int(seconds * 1000))})
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise Problem(503, "past_read_too_long", {"seconds": f"{seconds:g}"}) from error
        raise
