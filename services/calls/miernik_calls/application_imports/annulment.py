"""Annulment of a whole list that was imported in error, while nothing refers to what it wrote."""

from typing import Any
from uuid import UUID

import polars as pl

from miernik_calls.application_imports import queries
from miernik_calls.application_imports.service import find_import
from miernik_calls.application_imports.views import import_etag
from miernik_calls.applications import queries as applications
from miernik_calls.applications.events import ANNULLED, describe_annulment, family_of
from miernik_calls.applications.models import application_import_annulment
from miernik_calls.applications.schemas import NewAnnulment
from miernik_calls.applications.store import number_versions, write_versions
from miernik_shared.advisory_locks import lock_key
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.database import AnyRow
from miernik_shared.problems import Problem, conflict
from miernik_shared.web.unit_of_work import UnitOfWork

_MOST_NAMED = 100
_NAMED_IN_TEXT = 3


async def annul_list(work: UnitOfWork, import_id: UUID, new: NewAnnulment) -> AnyRow:
    """Annul a list: the applications that it created are annulled, those that it changed are restored.

    Needs ``If-Match``. Applications annulled one by one stay so. Raises 409 for a list that changed no application, and
    if one of its applications was changed since.
    """
    row = await _lock_list(work, import_id)
    written = await queries.lock_written_applications(work.connection, row.import_no)
    _refuse_changed_since(written)
    created = pl.col("written_version") == 1
    rows = number_versions(written).with_columns(
        created.alias("annulled"), pl.when(~created).then("earlier_version").alias("restored_version")
    )
    nodes = await applications.map_node_ids(work.connection, row.office)
    data = describe_annulment(row.office, rows, nodes, row.import_no)
    counts = {f"{name}_count": data[name] for name in ("annulled", "restored")}
    headers = [PositionedRow(application_import_annulment, _annulment_values(work, row, new) | counts)]
    change = _describe_change(row, new, data, counts)
    await write_versions(work, row.office, rows, change, headers, None, new.reason)
    return await find_import(work, import_id)


async def _lock_list(work: UnitOfWork, import_id: UUID) -> AnyRow:
    """Return the list, serialized with all imports and annulments of its office. Raises 409 if it was annulled."""
    await lock_key(work.connection, "application_import", (await find_import(work, import_id)).office)
    row = await find_import(work, import_id)
    work.require_match(import_etag(row))
    if row.annulled_at is not None:
        raise conflict("import_annulled")
    if row.created_count + row.changed_count == 0:
        raise conflict("import_without_changes")
    return row


def _refuse_changed_since(written: pl.DataFrame) -> None:
    changed = written.filter("changed_since")
    if changed.height:
        named = changed.head(_MOST_NAMED).select("id", "number").to_dicts()
        numbers = ", ".join(changed["number"].head(_NAMED_IN_TEXT))
        params = {"count": str(changed.height), "numbers": numbers}
        raise Problem(409, "import_changed_since", params, members={"applications": named})


def _annulment_values(work: UnitOfWork, row: AnyRow, new: NewAnnulment) -> dict[str, Any]:
    sent = {"sender": work.caller.client, "annulled_at": work.now}
    return {"import_no": row.import_no, "reason": new.reason, **sent}


def _describe_change(row: AnyRow, new: NewAnnulment, data: dict[str, Any], counts: dict[str, int]) -> Change:
    after = {"import_no": row.import_no, "annulled": True, "reason": new.reason, **counts}
    before = {"import_no": row.import_no, "annulled": False}
    return Change(ANNULLED, f"application-imports/{row.id}", (family_of(row.office),), data, before=before, after=after)
