"""SQL of the calls for proposals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.calls.models import call, call_number, call_version
from miernik_calls.programme.models import programme_node
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

CALL_ORDER = Keyset("calls", (call.c.office, call.c.call_no), (str, int))
"""Order of calls in lists: by office, then in the order of recording."""


def select_current_calls() -> AnySelect:
    """Calls with their latest version and the code and id of their node."""
    version = call_version.c
    later = call_version.alias("later")
    is_latest = ~(
        select(later.c.version).where(later.c.call_no == version.call_no, later.c.version > version.version).exists()
    )
    joined = call.join(call_version, and_(version.call_no == call.c.call_no, is_latest)).outerjoin(
        programme_node, programme_node.c.node_no == version.node_no
    )
    shown = [column for column in version if column.name not in {"call_no", "position"}]
    node = [programme_node.c.code.label("node"), programme_node.c.id.label("node_id")]
    return select(call, *shown, *node).select_from(joined)


# One call by its public id, and those with a current number in any spelling.
_BY_ID = select_current_calls().where(call.c.id == bindparam("id"))
_BY_NUMBER = select_current_calls().where(
    call.c.office == bindparam("office"), call_version.c.number_key == bindparam("number_key")
)


NUMBERS = """
    select 'call' as kind, office as scope, number_key as key, call_no::bigint as age, id, number as identifier from (
        select distinct on (call_no) call_no, call.id, office, number, number_key
        from call join call_version using (call_no) order by call_no, version desc
    ) latest where number is not null
"""
"""Current numbers of the calls, for the search of doubles."""


async def find_by_id(connection: AsyncConnection, call_id: UUID) -> AnyRow | None:
    """One call by its public id."""
    return (await connection.execute(_BY_ID, {"id": call_id})).one_or_none()


async def find_by_number(connection: AsyncConnection, office: str, number_key: str) -> Sequence[AnyRow]:
    """Calls whose latest version has this number in the office, in any spelling: one, or doubles of before."""
    return (await connection.execute(_BY_NUMBER, {"office": office, "number_key": number_key})).all()


async def claim_number(connection: AsyncConnection, office: str, number_key: str | None, call_no: int) -> None:
    """Let the call hold this number, or none. Raises the database's unique violation if another one holds it."""
    await connection.execute(delete(call_number).where(call_number.c.call_no == call_no))
    if number_key is not None:
        values = {"office": office, "number_key": number_key, "call_no": call_no}
        await connection.execute(insert(call_number).values(values))


async def list_calls(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the calls that pass the filters."""
    return await read_page(connection, select_current_calls().where(*filters), CALL_ORDER, paging)
