"""Unit of work of one request: its caller, its transaction and its change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers
from starlette.requests import Request

from miernik_shared.changelog.record import Change, Origin, PositionedRow, Recorded, record
from miernik_shared.confirmations import Confirmations, UnlikelyValue, refuse_unconfirmed
from miernik_shared.problems import FieldError, Language, Problem
from miernik_shared.service_tokens import Caller
from miernik_shared.stored_confirmations import confirmation_row
from miernik_shared.values.as_of import warsaw_day
from miernik_shared.web.entity_tags import EntityTags, parse_entity_tags
from miernik_shared.web.request_headers import combine_header
from miernik_shared.web.service import Service

# One row: the transaction's time, and position and time of the last change. Sets the caller's row-level security.
_BEGIN = text("""
    select now() as now, (select position from head) as position, (select at from head) as recorded_at,
        set_config('miernik.region', :region, true), set_config('miernik.units', :units, true)
""")


@dataclass
class UnitOfWork:
    """Transaction on behalf of one caller. ``now`` is the database's clock at its beginning."""

    service: Service
    connection: AsyncConnection
    caller: Caller
    request_id: str
    language: Language
    now: datetime
    position: int
    """Position of the log at the beginning of the transaction; after ``record`` that of the recorded change."""
    known_position: int | None = None
    """Position of the log at ``known_at``; ``None`` for a read of the present."""
    known_at: datetime | None = None
    """Instant requested as ``known_at``, else that of the last change in the snapshot; ``None`` for an empty log."""
    requested_known_at: datetime | None = None
    """Instant requested as ``known_at``, which a report repeats; ``None`` for a read of the present."""
    if_match: EntityTags | None = None
    recorded: Recorded | None = None
    families: tuple[str, ...] = ()
    unchanged: bool = False
    """Set by a write that changes nothing: equal content, or a dry run."""
    rehearsed: bool = False
    """Set by a dry run, whose response is not stored under its idempotency key."""
    mendable: bool = False
    """Set by a recorded refusal whose cause may be gone at a retry: its response is not stored for replay."""
    confirmations: Confirmations = field(default_factory=Confirmations)
    """Tokens of the request that confirm its unlikely values."""

    @property
    def today(self) -> date:
        """Current calendar day in Warsaw, by which deadlines are counted."""
        return warsaw_day(self.now)

    @property
    def read_position(self) -> int:
        """Position of the log that a read reflects: that of ``known_at``, else that of its snapshot."""
        return self.position if self.known_position is None else self.known_position

    async def record(self, change: Change, *rows: PositionedRow) -> Recorded:
        """Record the only change of the transaction, and insert the rows that carry its position.

        Confirmed values are recorded with it: as ``confirmed`` in the state after it, and as a row of their own.
        """
        if self.recorded is not None:
            raise RuntimeError("a transaction records one change")
        if confirmed := self.confirmations.confirmed:
            rows = (*rows, confirmation_row(self.caller.client, change, confirmed))
            listed = [one.model_dump() for one in confirmed]
            change = replace(change, after={**(change.after or {}), "confirmed": listed})
        origin = Origin(self.caller.client, self.request_id)
        self.recorded = await record(self.connection, origin, change, rows)
        self.position = self.recorded.position
        self.families = change.families
        return self.recorded

    def matches(self, etag: str) -> bool:
        """Whether the request has an ``If-Match`` and it matches the ``etag``."""
        return self.if_match is not None and self.if_match.match_strongly(etag)

    def require_match(self, etag: str) -> None:
        """Optimistic lock: raises 428 without ``If-Match``, 412 if that does not match the current state's ``etag``."""
        if self.if_match is None:
            raise Problem(428, "if_match_missing", errors=[FieldError("/headers/If-Match", "if_match_missing")])
        if self.if_match.only_weak:
            raise Problem(412, "if_match_weak", {"current": etag}, headers={"ETag": etag})
        if not self.if_match.match_strongly(etag):
            raise Problem(412, "if_match_stale", {"current": etag}, headers={"ETag": etag})

    def require_confirmation(self, values: Sequence[UnlikelyValue]) -> None:
        """Raise 422 with tokens for the unlikely values that the request does not confirm yet."""
        refuse_unconfirmed(self.confirmations.confirm(self.confirmations.describe(values)))

    def refuse_if_match(self) -> None:
        """Raise 412 for an ``If-Match`` on an entity that does not exist yet."""
        if self.if_match is not None:
            raise Problem(412, "if_match_stale", {"current": "–"})


def read_if_match(headers: Headers) -> EntityTags | None:
    """Entity tags of ``If-Match``; ``None`` without the header. Raises 400 if it is malformed."""
    value = combine_header(headers, "If-Match")
    if value is None:
        return None
    try:
        return parse_entity_tags(value)
    except ValueError as error:
        fault = FieldError("/headers/If-Match", "if_match_malformed")
        raise Problem(400, "if_match_malformed", errors=[fault]) from error


async def begin_unit_of_work(
    service: Service, connection: AsyncConnection, caller: Caller, request: Request
) -> UnitOfWork:
    """Set the caller's row-level security for this transaction, and read the clock and the log's position."""
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
    )


async def _current_unit_of_work(request: Request) -> UnitOfWork:
    return request.state.work


CurrentUnitOfWork = Annotated[UnitOfWork, Depends(_current_unit_of_work)]
"""Unit of work of the request, as an argument of an endpoint."""
