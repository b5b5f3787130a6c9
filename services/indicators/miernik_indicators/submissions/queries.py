"""SQL of submissions and their findings."""

from collections.abc import Sequence
from typing import Any
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
from miernik_shared.kept_findings import KeptFindings

findings = KeptFindings(finding)

# Writes the period over itself, since a conflict that does nothing locks and returns nothing.
_LOCK_RETURN = (
    upsert(unit_return)
    .on_conflict_do_update(
        index_elements=[unit_return.c.form_no, unit_return.c.unit_no, unit_return.c.period],
        set_={"period": unit_return.c.period},
    )
    .returning(unit_return)
)


async def lock_return(connection: AsyncConnection, form_no: int, unit_no: int, period: str) -> AnyRow:
    """The row of a return, made if it is the first submission; locked, so that its senders wait for each other."""
    key = {"form_no": form_no, "unit_no": unit_no, "period": period}
    return (await connection.execute(_LOCK_RETURN, key)).one()


async def next_submission_no(connection: AsyncConnection) -> int:
    """A number for a new submission."""
    return (await connection.execute(select(submission_number.next_value()))).scalar_one()


async def make_current(connection: AsyncConnection, return_no: int, version: int, submission_no: int) -> None:
    """Points the return to its newest accepted version."""
    values = {"current_version": version, "current_submission_no": submission_no}
    await connection.execute(update(unit_return).where(unit_return.c.return_no == return_no).values(values))


async def store_file(connection: AsyncConnection, unit_no: int, digest: bytes, size: int, content: bytes) -> None:
    """Keeps the compressed file once per owner."""
    row = {"unit_no": unit_no, "sha256": digest, "size": size, "content": content}
    await connection.execute(upsert(kept_file).values(row).on_conflict_do_nothing())


def submissions() -> AnySelect:
    """Submissions with the codes of their form and unit, and whether they are what counts now."""
    # A unit that a collective return covers sees its header, but not the row of the other unit's return.
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


_BY_ID = submissions().where(submission.c.id == bindparam("id"))
_BY_CONTENT = submissions().where(
    submission.c.submission_no == bindparam("submission_no"), submission.c.sha256 == bindparam("sha256")
)


async def find_submission(connection: AsyncConnection, submission_id: UUID) -> AnyRow | None:
    """One submission that the caller may see."""
    return (await connection.execute(_BY_ID, {"id": submission_id})).one_or_none()


async def find_submission_with_content(connection: AsyncConnection, submission_no: int, digest: bytes) -> AnyRow | None:
    """The submission of a number, if this is what was sent."""
    parameters = {"submission_no": submission_no, "sha256": digest}
    return (await connection.execute(_BY_CONTENT, parameters)).one_or_none()


async def list_submissions(
    connection: AsyncConnection, filters: Sequence[ColumnElement[bool]], after: list[Any] | None, limit: int
) -> list[AnyRow]:
    """Newest first."""
    query = submissions().where(*filters)
    if after:
        query = query.where(submission.c.submission_no < after[0])
    return list((await connection.execute(query.order_by(submission.c.submission_no.desc()).limit(limit))).all())


async def read_file(connection: AsyncConnection, unit_no: int, digest: bytes) -> AnyRow | None:
    """A kept file, compressed."""
    query = select(kept_file).where(kept_file.c.unit_no == unit_no, kept_file.c.sha256 == digest)
    return (await connection.execute(query)).one_or_none()


async def find_current_submission_id(connection: AsyncConnection, current: AnyRow) -> UUID | None:
    """Id of the accepted version that counts now."""
    query = select(submission.c.id).where(submission.c.submission_no == current.current_submission_no)
    return (await connection.execute(query)).scalar_one_or_none()
