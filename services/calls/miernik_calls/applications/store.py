"""Writing versions of applications, one or thousands: COPY into a temporary table, then set-based statements.

The order of the locks is the same for every writer: rows of applications in the order of their keys, new numbers in
their order, the sums in key order, the head of the log. So writers wait for each other, but never in a circle.
"""

from collections.abc import Sequence

import polars as pl

from miernik_calls.applications import queries
from miernik_calls.applications.version_columns import MARKS
from miernik_shared.changelog.record import Change, PositionedRow
from miernik_shared.identifiers import new_id
from miernik_shared.problems import Problem
from miernik_shared.web.unit_of_work import UnitOfWork


def number_versions(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their new version, and with an id for each application that is new. None is annulled."""
    ids = pl.Series("new_id", [str(new_id()) for _ in range(rows.height)], dtype=pl.String)
    marks = {"annulled": pl.lit(value=False), "restored_version": pl.lit(None, MARKS["restored_version"])}
    return rows.with_columns(pl.coalesce("id", ids).alias("id"), pl.col("version") + 1, **marks)


async def write_versions(
    work: UnitOfWork,
    office: str,
    rows: pl.DataFrame,
    change: Change,
    headers: Sequence[PositionedRow],
    import_no: int | None,
    reason: str | None = None,
) -> None:
    """Store the rows of :func:`number_versions` and record the change. ``reason`` is that of an annulment.

    The versions follow the change because they carry its position; nothing else does. Raises 409 when a number was
    registered by another writer in between.
    """
    await queries.stage_versions(work.connection, rows)
    if await queries.register_staged(work.connection, office) != rows["application_no"].null_count():
        raise Problem(409, "raced", headers={"Retry-After": "1"})
    await queries.apply_staged(work.connection, office)
    recorded = await work.record(change, *headers)
    await queries.append_staged(work.connection, office, recorded.position, import_no, reason)
