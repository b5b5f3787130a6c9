"""Unit of work of one request: its caller, its transaction and its change."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request

from miernik_shared.changelog.record import Change, Origin, PositionedRow, Recorded, record
from miernik_shared.problems import FieldError, Language, Problem
from miernik_shared.service_tokens import Caller
from miernik_shared.values.as_of import warsaw_day
from miernik_shared.web.service import Service

_BEGIN = text("""
    select now() as now, (select position from head) as position, (select at from head) as recorded_at,
        set_config('miernik.region', :region, true), set_config('miernik.units', :units, true)
""")


@dataclass
class UnitOfWork:
    """One transaction on behalf of one caller. ``now`` is the database's clock at its beginning."""

    service: Service
    connection: AsyncConnection
    caller: Caller
    request_id: str
    language: Language
    now: datetime
    position: int
    """Position of the log in the snapshot of a read; in a write, at its beginning, then that of its own change."""
    known_position: int | None = None
    """Position of the log at ``known_at``; ``None`` for a read of the present."""
    known_at: datetime | None = None
    """Instant of the state that this read shows: the requested one, else that of the last change in its snapshot;
    ``None`` before the first change."""
    requested_known_at: datetime | None = None
    """The requested instant, which a report repeats; ``None`` for a read of the present."""
    if_match: str | None = None
    recorded: Recorded | None = None
    families: tuple[str, ...] = ()
    unchanged: bool = False
    """Set by a write that changed nothing: equal content, a dry run."""
    rehearsed: bool = False
    """Set by a dry run, whose response is not stored under its key either."""
    mendable: bool = False
    """Set by a recorded refusal whose cause may be gone at the next try: its response is not stored under its key."""

    @property
    def today(self) -> date:
        """Calendar day in Warsaw, by which deadlines are reckoned."""
        return warsaw_day(self.now)

    @property
    def read_position(self) -> int:
        """Position of the log that a read shows: at ``known_at``, else in its snapshot."""
        return self.position if self.known_position is None else self.known_position

    async def record(self, change: Change, *headers: PositionedRow) -> Recorded:
        """Record the one change of this transaction, with the rows that carry its position."""
        if self.recorded is not None:
            raise RuntimeError("a transaction records one change")
        origin = Origin(self.caller.client, self.request_id)
        self.recorded = await record(self.connection, origin, change, headers)
        self.position = self.recorded.position
        self.families = change.families
        return self.recorded

    def require_match(self, etag: str) -> None:
        """Optimistic lock: raise 428 without ``If-Match``, 412 if it is not the current ETag."""
        if self.if_match is None:
            raise Problem(428, "if_match_missing", errors=[FieldError("/headers/If-Match", "if_match_missing")])
        if self.if_match != etag:
            raise Problem(412, "if_match_stale", {"current": etag}, headers={"ETag": etag})

    def refuse_if_match(self) -> None:
        """Raise 412 for an ``If-Match`` on an entity that does not exist yet."""
        if self.if_match is not None:
            raise Problem(412, "if_match_stale", {"current": "–"})


async def begin_unit_of_work(
    service: Service, connection: AsyncConnection, caller: Caller, request: Request
) -> UnitOfWork:
    """Set row-level security for the caller, for this transaction only, and read clock and position."""
    parameters = {"region": "on" if caller.region else "off", "units": ",".join(caller.units)}
    row = (await connection.execute(_BEGIN, parameters)).one()
    return UnitOfWork(
        service=service,
        connection=connection,
        caller=caller,
        request_id=request.state.request_id,
        language=request.state.language,
        now=row.now,
        position=row.position,
        known_at=row.recorded_at if row.position else None,
        if_match=request.headers.get("if-match"),
    )


async def _current_unit_of_work(request: Request) -> UnitOfWork:
    return request.state.work


CurrentUnitOfWork = Annotated[UnitOfWork, Depends(_current_unit_of_work)]
"""Unit of work of the request, as an argument of an endpoint."""
