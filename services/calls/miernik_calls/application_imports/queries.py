"""SQL of lists of applications."""

from collections.abc import Sequence
from uuid import UUID

import polars as pl
from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_calls.application_imports.models import import_finding
from miernik_calls.applications.models import application_import, application_import_annulment
from miernik_calls.applications.version_columns import IDENTITY, STATE
from miernik_shared.database import AnyRow
from miernik_shared.stored_findings import StoredFindings
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

findings = StoredFindings(import_finding)
IMPORT_ORDER = Keyset("application-imports", (application_import.c.import_no,), (int,), descending=True)
"""Newest first."""

# Lists, each with its annulment if it was annulled.
_IMPORTS = select(
    application_import,
    application_import_annulment.c.reason.label("annulment_reason"),
    application_import_annulment.c.annulled_count,
    application_import_annulment.c.restored_count,
    application_import_annulment.c.annulled_at,
).outerjoin(application_import_annulment, application_import_annulment.c.import_no == application_import.c.import_no)
# One list.
_IMPORT = _IMPORTS.where(application_import.c.id == bindparam("id"))
# Locks the applications that a list created or changed, in the order of their keys.
_LOCK_WRITTEN = text("""
    select from application
    where application_no in (select application_no from application_version where import_no = :import_no)
    order by application_no for update
""")
_EARLIER_STATE = ", ".join(
    f"case when written.version = 1 then standing.{name} else earlier.{name} end as {name}" for name in STATE
)
_STANDING_STATE = ", ".join(f"standing.{name} as old_{name}" for name in STATE)
# Applications that a list created or changed, annulled ones left out: the version that it wrote, the one before,
# whether another state stands by now, the state to restore, and the current one. A version that restores a state counts
# as that state.
_WRITTEN = text(f"""
    select application.number, application.number_key, cast(application.id as text) as id, application.application_no,
        current_version as version,
        written.version as written_version, coalesce(earlier.restored_version, earlier.version) as earlier_version,
        coalesce(standing.restored_version, standing.version) <> written.version as changed_since,
        {_EARLIER_STATE}, {_STANDING_STATE}
    from application_version written join application using (application_no)
    join application_version standing on standing.application_no = application.application_no
    left join application_version earlier
        on earlier.application_no = written.application_no and earlier.version = written.version - 1
    where written.import_no = :import_no and standing.version = current_version and not application.annulled
    order by application.number
""")
# The last list that an office imported without refused rows (what those lacked may be there by now), and whether one of
# the families has changed since it was read. Not since it was stored: another writer may have come in between.
_LATEST_IMPORT = text("""
    select *, exists (
        select from change later
        where later.position > latest.read_position and later.position <> latest.position
            and later.event -> 'families' ?| cast(:families as text[])
    ) as changed_since
    from application_import latest where office = :office and refused_count = 0 order by import_no desc limit 1
""")
# Key and code of the nodes of an office.
_NODES = text("select code, node_no from programme_node where office = :office")
# Surrogate key of each call that a word stands for: its current number, or `system:value` of another system. Words
# and numbers are compared by the keys of their spellings; of doubles of before the eldest is meant.
_CALLS = text("""
    select word, min(call_no) as call_no from (
        select distinct on (call_no) number_key as word, call_no
        from call join call_version using (call_no)
        where office = :office order by call_no, version desc
    ) numbered where word = any (:words) group by word
    union
    select system_key || ':' || value_key, call_no
    from external_identifier known join call on call.id = known.entity_id
    where entity = 'call' and office = :office and system_key || ':' || value_key = any (:words)
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
    select system_key || ':' || value_key, organisation_no
    from external_identifier known join organisation on organisation.id = known.entity_id
    where entity = 'organisation' and system_key || ':' || value_key = any (:words)
""")


async def find_latest_import(connection: AsyncConnection, office: str, families: Sequence[str]) -> AnyRow | None:
    """Latest complete list of the office, and whether any of these families has changed since it was read."""
    parameters = {"office": office, "families": list(families)}
    return (await connection.execute(_LATEST_IMPORT, parameters)).one_or_none()


async def find_import(connection: AsyncConnection, import_id: UUID) -> AnyRow | None:
    """One list by its public id."""
    return (await connection.execute(_IMPORT, {"id": import_id})).one_or_none()


async def list_imports(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the imported and the rejected lists."""
    return await read_page(connection, _IMPORTS.where(*filters), IMPORT_ORDER, paging)


async def lock_written_applications(connection: AsyncConnection, import_no: int) -> pl.DataFrame:
    """Applications that a list created or changed, locked in the order of their keys; columns as in ``_WRITTEN``."""
    await connection.execute(_LOCK_WRITTEN, {"import_no": import_no})
    rows = (await connection.execute(_WRITTEN, {"import_no": import_no})).all()
    marks = {"written_version": pl.Int32, "earlier_version": pl.Int32, "changed_since": pl.Boolean}
    old = {f"old_{name}": kind for name, kind in STATE.items()}
    return pl.DataFrame([tuple(row) for row in rows], schema={**IDENTITY, **marks, **STATE, **old}, orient="row")


async def list_node_keys(connection: AsyncConnection, office: str) -> dict[str, int]:
    """Keys of the office's nodes by code."""
    return {row.code: row.node_no for row in await connection.execute(_NODES, {"office": office})}


async def find_calls_by_words(connection: AsyncConnection, office: str, words: Sequence[str]) -> Sequence[AnyRow]:
    """Pairs of a word and the key of the call of the office that the word identifies."""
    return (await connection.execute(_CALLS, {"office": office, "words": list(words)})).all()


async def find_organisations_by_words(connection: AsyncConnection, words: Sequence[str]) -> Sequence[AnyRow]:
    """Pairs of a word and the key of the organisation that the word identifies."""
    return (await connection.execute(_ORGANISATIONS, {"words": list(words)})).all()
