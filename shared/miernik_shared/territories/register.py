"""Check of a territory code against the register as this service holds it.

The owner's table is always current. A replica may lag: before a code is refused for what the replica does not have, the
owner's feed is read from the replica's cursor, and events of the register that are still to come are waited for.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import date

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.changelog.feed import parse_feed_page
from miernik_shared.database import columns_of
from miernik_shared.problems import FieldError, Problem, refuse_invalid
from miernik_shared.service_client import ServiceClient
from miernik_shared.territories.codes import (
    RegisterExtract,
    TerritoryEntry,
    WrittenCode,
    explain_refusal,
    find_last_entry,
    is_accepted,
)
from miernik_shared.territories.replica import ACTIONS, PROJECTION, PROVIDER
from miernik_shared.web.unit_of_work import UnitOfWork

WAIT_SECONDS = 2.0
"""How long a write waits for events of the register that are published and not yet applied here."""
_PROBE_SECONDS = 1.0
_POLL_SECONDS = 0.05
_PROBED_EVENTS = 1000

# Returns the position of the owner's log up to which the replica has applied it.
_CURSOR = text("select position from follower_cursor where projection = :projection and source = :source")
# Returns the entries of some codes, oldest first.
_ENTRIES = text("""
    select code, kind, level, name, valid_from, valid_to from territory
    where code = any(cast(:codes as text[])) order by code, valid_from, kind
""")
# Returns the codes of all voivodeships, past ones included.
_VOIVODESHIPS = text("select distinct left(code, 2) as code from territory order by code")
# Returns the entries of the same name, level and voivodeship that began on the day on which an entry ended.
_SUCCESSORS = text("""
    select code, kind, level, name, valid_from, valid_to from territory
    where name = :name and level = :level and left(code, 2) = left(:code, 2) and code <> :code
        and valid_from = :valid_to
    order by code, kind
""")


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Verdict on a code. ``current`` is false if events of the register are still to come, None if nobody knows."""

    accepted: bool
    extract: RegisterExtract
    current: bool | None

    @property
    def is_final(self) -> bool:
        """Whether a refusal cannot be due to a lag.

        An owner that cannot be reached must not stop installations that use no register.
        """
        return bool(self.current) or (self.current is None and not self.extract.voivodeships)


async def find_territory_errors(
    work: UnitOfWork, written: str | None, day: date, pointer: str = "/territory"
) -> list[FieldError]:
    """Errors of a territory code that a write names, as of a day. None is no code and has no error.

    Where no register was ever imported, only the form of the code is checked. Raises 503 with ``Retry-After`` if the
    replica does not catch up within the wait, or if the owner cannot be reached to learn whether it lags.
    """
    if written is None:
        return []
    code = WrittenCode.parse(written)
    if is_accepted(code, RegisterExtract(await _read_entries(work.connection, code)), day):
        return []
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    verdict = await _judge(work, code, day)
    while verdict.current is False and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_POLL_SECONDS)
        verdict = await _judge(work, code, day)
    return _list_errors(code, verdict, day, pointer)


async def refuse_unknown_territory(work: UnitOfWork, written: str | None, pointer: str = "/query/territory") -> None:
    """Raise 422 for a filter with a code that never was in the register: it would look like a lack of records.

    A read sees one snapshot and cannot wait: it raises 503 with ``Retry-After`` at once if the replica lags.
    """
    if written is None:
        return
    code = WrittenCode.parse(written)
    if not is_accepted(code, RegisterExtract(await _read_entries(work.connection, code)), None):
        refuse_invalid(_list_errors(code, await _judge(work, code, None), None, pointer))


def _list_errors(code: WrittenCode, verdict: _Verdict, day: date | None, pointer: str) -> list[FieldError]:
    if verdict.accepted:
        return []
    if not verdict.is_final:
        raise Problem(503, "register_not_current", headers={"Retry-After": "1"})
    return explain_refusal(code, verdict.extract, day, pointer)


async def _judge(work: UnitOfWork, code: WrittenCode, day: date | None) -> _Verdict:
    """Read the cursor before the entries: what is published after it may be missing from them."""
    connection = work.connection
    client = next((one for one in work.service.clients if one.provider == PROVIDER), None)
    cursor = await _read_cursor(connection) if client else 0
    extract = await _read_extract(connection, code)
    if is_accepted(code, extract, day):
        return _Verdict(True, extract, None)
    return _Verdict(False, extract, await _is_current(client, cursor) if client else True)


async def _is_current(client: ServiceClient, cursor: int) -> bool | None:
    """Whether the owner has published no event of the register after the cursor; None if it does not answer."""
    parameters = {"after": str(cursor), "timeout": "0", "limit": str(_PROBED_EVENTS)}
    try:
        answer = await client.get("/v1/events", parameters, timeout=_PROBE_SECONDS)
        answer.raise_for_status()
        page = parse_feed_page(answer.content)
    except (httpx.HTTPError, ValueError):
        return None
    return not page.more and not any(event.action in ACTIONS for event in page.events)


async def _read_cursor(connection: AsyncConnection) -> int:
    parameters = {"projection": PROJECTION, "source": PROVIDER}
    return (await connection.execute(_CURSOR, parameters)).scalar_one_or_none() or 0


async def _read_entries(connection: AsyncConnection, code: WrittenCode) -> list[TerritoryEntry]:
    rows = await connection.execute(_ENTRIES, {"codes": code.keys})
    return [TerritoryEntry(**columns_of(row)) for row in rows]


async def _read_extract(connection: AsyncConnection, code: WrittenCode) -> RegisterExtract:
    extract = RegisterExtract(
        await _read_entries(connection, code), list((await connection.execute(_VOIVODESHIPS)).scalars())
    )
    last = find_last_entry(code, extract)
    if last is None:
        return extract
    parameters = {"name": last.name, "level": last.level, "code": last.code, "valid_to": last.valid_to}
    successors = await connection.execute(_SUCCESSORS, parameters)
    return replace(extract, successors=[TerritoryEntry(**columns_of(row)) for row in successors])
