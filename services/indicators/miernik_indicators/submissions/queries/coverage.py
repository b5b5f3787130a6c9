"""SQL of coverage: which return reports a unit's period on a form. A unit's period is covered by one return."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Returns up to 100 staged rows whose unit and period another return of the form covers.
_CONFLICTS = text("""
    select unit.code, staged.effective_on, staged.row_no
    from staged_coverage staged
    join coverage using (unit_no, effective_on)
    join reporting_unit unit using (unit_no)
    where coverage.form_no = :form_no and coverage.return_no <> :return_no
    order by staged.row_no
    limit 100
""")
# Returns the voivodeships of the units that a return covers.
_VOIVODESHIPS = text("""
    select distinct unit.voivodeship from coverage join reporting_unit unit using (unit_no)
    where coverage.return_no = :return_no
""")
# Deletes the coverage of a return that its staged correction no longer contains.
_RELEASE = text("""
    delete from coverage
    where return_no = :return_no and not exists (
        select from staged_coverage staged
        where staged.unit_no = coverage.unit_no and staged.effective_on = coverage.effective_on)
""")
# Inserts the units of a collective submission other than its sender.
_INSERT_REPRESENTED_UNITS = text("""
    insert into submission_unit (submission_no, unit_no)
    select distinct cast(:submission_no as integer), unit_no from staged_coverage where unit_no <> :unit_no
""")
# Inserts the staged coverage, or updates it where the return holds it already; counts the rows written.
_CLAIM = text("""
    insert into coverage (unit_no, form_no, effective_on, return_no, submission_no)
    select unit_no, cast(:form_no as integer), effective_on, cast(:return_no as integer),
        cast(:submission_no as integer)
    from staged_coverage
    order by unit_no, effective_on
    on conflict (unit_no, form_no, effective_on) do update set submission_no = excluded.submission_no
        where coverage.return_no = excluded.return_no
""")


async def find_conflicts(connection: AsyncConnection, form_no: int, return_no: int) -> list[tuple[str, str, int]]:
    """Units and periods of the staged rows that another return covers: (unit code, period end, row)."""
    rows = await connection.execute(_CONFLICTS, {"form_no": form_no, "return_no": return_no})
    return [(row.code, row.effective_on.isoformat(), row.row_no) for row in rows]


async def list_voivodeships(connection: AsyncConnection, return_no: int) -> set[int]:
    """Voivodeships in which a return has figures now."""
    return set((await connection.execute(_VOIVODESHIPS, {"return_no": return_no})).scalars())


async def release_coverage(connection: AsyncConnection, return_no: int) -> None:
    """Release the units and periods that the staged rows of a correction no longer contain."""
    await connection.execute(_RELEASE, {"return_no": return_no})


async def insert_represented_units(connection: AsyncConnection, submission_no: int, unit_no: int) -> None:
    """Record the units other than the sender that a collective return reports; they may always read its header."""
    await connection.execute(_INSERT_REPRESENTED_UNITS, {"submission_no": submission_no, "unit_no": unit_no})


async def claim_coverage(connection: AsyncConnection, form_no: int, return_no: int, submission_no: int) -> int:
    """Claim the units and periods of the staged rows for the return; return the number claimed.

    Fewer than were staged means that a concurrent return claimed one of them first: roll back.
    """
    parameters = {"form_no": form_no, "return_no": return_no, "submission_no": submission_no}
    return (await connection.execute(_CLAIM, parameters)).rowcount
