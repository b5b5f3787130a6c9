"""Query parameter ``known_at`` and the unit of work that reads as of it.

The dependency declares the parameter. Its position in the log is read by the route class, since that must happen
before the snapshot is taken, and dependencies are resolved inside of the snapshot.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request

from miernik_shared.values.iso_dates import Instant
from miernik_shared.web.unit_of_work import UnitOfWork


def known_at(description: str) -> Callable[[Request, Instant | None], Awaitable[UnitOfWork]]:
    """Dependency that declares ``known_at`` and returns the request's unit of work, set to that instant."""

    async def read_as_known_at(
        request: Request, known_at: Annotated[Instant | None, Query(description=description)] = None
    ) -> UnitOfWork:
        work: UnitOfWork = request.state.work
        work.requested_known_at = known_at
        return work

    return read_as_known_at


ReportUnitOfWork = Annotated[UnitOfWork, Depends(known_at("What we knew at that moment; now by default"))]
"""Unit of work of a report or another computed response."""
ListUnitOfWork = Annotated[UnitOfWork, Depends(known_at("As they were known at that moment; as they stand by default"))]
"""Unit of work of a list of entities."""
