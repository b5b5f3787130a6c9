"""SQL of returns, their submissions, findings and files."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.forms.models import form
from miernik_indicators.submissions.models import (
    coverage,
    finding,
    kept_file,
    submission,
    submission_number,
    unit_return,
)
from miernik_indicators.units.models import reporting_unit
from miernik_shared.database import AnyRow, AnySelect
from miernik_shared.stored_findings import StoredFindings
from miernik_shared.web.keyset_lists import Keyset, PageOfRows, PageRequest, read_page

findings = StoredFindings(finding)
SUBMISSION_ORDER = Keyset("submissions", (submission.c.submission_no,), (int,), descending=True)
"""Newest first."""

# Inserts or locks the row of a return. A conflict sets the period to itself: ``do nothing`` locks and returns nothing.
# Holds off changes of who owes returns until the end of the transaction, which stores whether this one is owed.
_LOCK_RETURN = (
    upsert(unit_return)
    .on_conflict_do_update(
        index_elements=[unit_return.c.form_no, unit_return.c.unit_no, unit_return.c.period],
        set_={"period": unit_return.c.period},
    )
    .returning(unit_return, func.pg_advisory_xact_lock_shared(func.hashtext("owing_units"), func.hashtext("")))
)


async def lock_return(connection: AsyncConnection, form_no: int, unit_no: int, period: str) -> AnyRow:
    """Lock the row of a return, inserted on its first submission, so that its senders run one after the other."""
    key = {"form_no": form_no, "unit_no": unit_no, "period": period}
    return (await connection.execute(_LOCK_RETURN, key)).one()


async def next_submission_no(connection: AsyncConnection) -> int:
    """Key of a new submission."""
    return (await connection.execute(select(submission_number.next_value()))).scalar_one()


async def make_current(connection: AsyncConnection, return_no: int, version: int, submission_no: int) -> None:
    """Point the return to its newest accepted version."""
    values = {"current_version": version, "current_submission_no": submission_no}
    await connection.execute(update(unit_return).where(unit_return.c.return_no == return_no).values(values))


async def store_file(connection: AsyncConnection, unit_no: int, digest: bytes, size: int, content: bytes) -> None:
    """Store a compressed file, once per unit and content."""
    row = {"unit_no": unit_no, "sha256": digest, "size": size, "content": content}
    await connection.execute(upsert(kept_file).values(row).on_conflict_do_nothing())


def select_submissions() -> AnySelect:
    """Select submissions with the codes of their form and unit, and whether they are the current version."""
    # Row-level security shows a unit covered by a collective return the submission, but not the row of its return.
    covers = exists().where(
        coverage.c.return_no == submission.c.return_no, coverage.c.submission_no == submission.c.submission_no
    )
    newest = func.coalesce(unit_return.c.current_submission_no == submission.c.submission_no, false())
    is_current = or_(newest, covers).label("is_current")
    return (
        select(submission, form.c.code.label("form"), reporting_unit.c.code.label("unit"), is_current)
        .join(form, form.c.form_no == submission.c.form_no)
        .join(reporting_unit, reporting_unit.c.unit_no == submission.c.unit_no)
        .outerjoin(unit_return, unit_return.c.return_no == submission.c.return_no)
    )


# Returns one submission by its public id.
_BY_ID = select_submissions().where(submission.c.id == bindparam("id"))
# Returns one submission by its key if its content has the digest.
_BY_CONTENT = select_submissions().where(
    submission.c.submission_no == bindparam("submission_no"), submission.c.sha256 == bindparam("sha256")
)


async def find_submission(connection: AsyncConnection, submission_id: UUID) -> AnyRow | None:
    """One submission visible to the caller."""
    return (await connection.execute(_BY_ID, {"id": submission_id})).one_or_none()


async def find_submission_with_content(connection: AsyncConnection, submission_no: int, digest: bytes) -> AnyRow | None:
    """The submission with the key, if its content has the digest."""
    parameters = {"submission_no": submission_no, "sha256": digest}
    return (await connection.execute(_BY_CONTENT, parameters)).one_or_none()


async def list_submissions(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], paging: PageRequest
) -> PageOfRows:
    """One page of the submissions that pass the filters and that the caller may see."""
    return await read_page(connection, select_submissions().where(*filters), SUBMISSION_ORDER, paging)


async def find_file(connection: AsyncConnection, unit_no: int, digest: bytes) -> AnyRow | None:
    """A stored file, compressed."""
    query = select(kept_file).where(kept_file.c.unit_no == unit_no, kept_file.c.sha256 == digest)
    return (await connection.execute(query)).one_or_none()


async def find_current_submission_id(connection: AsyncConnection, current: AnyRow) -> UUID | None:
    """Public id of the current version of a return."""
    query = select(submission.c.id).where(submission.c.submission_no == current.current_submission_no)
    return (await connection.execute(query)).scalar_one_or_none()
