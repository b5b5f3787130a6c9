"""The time budget of a read of the past, which folds versions and so costs the more the more there are."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from miernik_calls.settings import CallsSettings
from miernik_shared.problems import Problem
from miernik_shared.web.work import Work

_LIMIT = text("select set_config('statement_timeout', :limit, true)")


@asynccontextmanager
async def time_budget(work: Work) -> AsyncGenerator[None]:
    """Limits the statements of a past read, each by itself. Raises 503 when one takes longer."""
    if work.known_position is None:
        yield
        return
    settings = work.service.settings
    assert isinstance(settings, CallsSettings)  # noqa: S101 - this service is built with these settings
    await work.connection.execute(_LIMIT, {"limit": str(int(settings.past_read_seconds * 1000))})
    try:
        yield
    except OperationalError as error:
        if type(error.orig).__name__ == "QueryCanceled":
            raise Problem(503, "past_read_too_long", {"seconds": f"{settings.past_read_seconds:g}"}) from error
        raise
