"""SQL of lists of applications."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.database import AnyRow

# Key and code of the nodes of an office.
_NODES = text("select code, node_no from programme_node where office = :office")
# Key of each call that a word stands for: its current number, or `system:value` of another system.
_CALLS = text("""
    select word, call_no from (
        select distinct on (call_no) number as word, call_no
        from call join call_version using (call_no)
        where office = :office order by call_no, version desc
    ) numbered where word = any (:words)
    union
    select system || ':' || value, call_no
    from external_identifier known join call on call.id = known.entity_id
    where entity = 'call' and office = :office and system || ':' || value = any (:words)
""")
# Key of each organisation that a word stands for: its current NIP or REGON, or `system:value` of another system.
_ORGANISATIONS = text("""
    select word, organisation_no from (
        select distinct on (organisation_no) organisation_no, nip, regon
        from organisation_version where organisation_no in (
            select organisation_no from organisation_version where nip = any (:words) or regon = any (:words))
        order by organisation_no, version desc
    ) current cross join lateral (values (nip), (regon)) numbers (word)
    where word = any (:words)
    union
    select system || ':' || value, organisation_no
    from external_identifier known join organisation on organisation.id = known.entity_id
    where entity = 'organisation' and system || ':' || value = any (:words)
""")


async def list_node_keys(connection: AsyncConnection, office: str) -> dict[str, int]:
    """Keys of the office's nodes by code."""
    return {row.code: row.node_no for row in await connection.execute(_NODES, {"office": office})}


async def find_calls_by_words(connection: AsyncConnection, office: str, words: Sequence[str]) -> Sequence[AnyRow]:
    """Pairs of a word and the key of a call of the office that it stands for."""
    return (await connection.execute(_CALLS, {"office": office, "words": list(words)})).all()


async def find_organisations_by_words(connection: AsyncConnection, words: Sequence[str]) -> Sequence[AnyRow]:
    """Pairs of a word and the key of an organisation that it stands for."""
    return (await connection.execute(_ORGANISATIONS, {"words": list(words)})).all()
