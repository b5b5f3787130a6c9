"""Annulment of an application that was recorded in error."""

from uuid import UUID

import polars as pl

from miernik_calls.applications import queries
from miernik_calls.applications.events import ANNULLED, describe_annulment
from miernik_calls.applications.schemas import Application, NewAnnulment
from miernik_calls.applications.service import describe_change, identity_of, lock_application, read_external_ids
from miernik_calls.applications.store import number_versions, write_versions
from miernik_calls.applications.version_columns import STATE, one_row
from miernik_calls.applications.views import render_application
from miernik_shared.web.unit_of_work import UnitOfWork


async def annul_application(work: UnitOfWork, application_id: UUID, new: NewAnnulment) -> Application:
    """Annul an application. Needs ``If-Match``.

    As known from now on it never counted on any day, and its numbers can be registered anew.
    """
    row = await lock_application(work, application_id)
    known = (await read_external_ids(work, [row]))[row.id]
    before = render_application(work, row, known)
    after = before.model_copy(update={"annulled": True, "version": before.version + 1})
    state = {name: getattr(row, name) for name in STATE}
    rows = mark_annulled(number_versions(one_row(identity_of(row), state, state)))
    nodes = await queries.map_node_ids(work.connection, row.office)
    change = describe_change(ANNULLED, after, before, describe_annulment(row.office, rows, nodes, None))
    await queries.free_external_ids(work.connection, row, known)
    await write_versions(work, row.office, rows, change, [], None, new.reason)
    return after


def mark_annulled(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of :func:`store.number_versions` as versions that annul their applications."""
    return rows.with_columns(pl.lit(value=True).alias("annulled"))
