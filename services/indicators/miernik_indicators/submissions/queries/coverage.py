"""SQL of coverage: which return reports a unit's period on a form. A unit's period is covered by one return."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.owing.queries import CALENDAR, NOW, OWING_UNITS

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
# Inserts the units and periods of a submission.
_INSERT_REPORTED_UNITS = text("""
    insert into submission_unit (submission_no, unit_no, effective_on)
    select cast(:submission_no as integer), unit_no, effective_on from staged_coverage
""")
# Locks the units whose coverage or states a return changes, those of its former version included: two returns of one
# unit for different periods move each other's steps, so they must not be computed concurrently. 64 advisory locks serve
# all units, since one per unit would exhaust the server's lock table on a collective return.
_LOCK_UNITS = text("""
    select pg_advisory_xact_lock(hashtext('unit_states'), bucket)
    from (
        select unit_no % 64 as bucket from staged_coverage
        union select unit_no % 64 from coverage where return_no = :return_no
        order by bucket
    ) buckets
""")
# Adds the steps by which a return moves units between newest periods: those after it minus those before it.
_COUNT_RETURNS = text("""
    with touched as (
        select unit_no from staged_coverage union select unit_no from coverage where return_no = :return_no
    ), held as (
        select unit_no, effective_on, return_no from coverage join touched using (unit_no) where form_no = :form_no
    ), covered as (
        select -1 as sign, unit_no, effective_on from held
        union all
        select 1, unit_no, effective_on from (
            select unit_no, effective_on from held where return_no <> :return_no
            union select unit_no, effective_on from staged_coverage
        ) after
    ), followed as (
        select sign, unit_no, effective_on,
            lag(effective_on) over (partition by sign, unit_no order by effective_on) as former_on
        from covered
    )
    insert into return_rollup (form_no, voivodeship, effective_on, newest_on, powiat, number)
    select cast(:form_no as integer), voivodeship, step.effective_on, newest_on, powiat, sum(step.number)
    from followed
    join reporting_unit using (unit_no)
    cross join lateral (values
        (followed.effective_on, followed.effective_on, sign), (followed.effective_on, followed.former_on, -sign)
    ) step (effective_on, newest_on, number)
    where newest_on is not null
    group by voivodeship, step.effective_on, newest_on, powiat
    having sum(step.number) <> 0
    order by voivodeship, step.effective_on, newest_on, powiat
    on conflict (form_no, voivodeship, effective_on, newest_on, powiat) do update set
        number = return_rollup.number + excluded.number
""")
# Inserts the staged coverage, or updates it where the return holds it already; counts the rows written. Whether a unit
# owes a period is grouped and not joined: the planner expects one owing unit where there are thousands.
_CLAIM = text(f"""
    with calendar as (
        select * from ({CALENDAR}) opened
        where form_no = :form_no and effective_on = any (array(select distinct effective_on from staged_coverage))
    ), owing as (
        select unit_no, effective_on from ({OWING_UNITS}) owing_units
        where unit_no = any (array(select distinct unit_no from staged_coverage))
    )
    insert into coverage (unit_no, form_no, effective_on, return_no, submission_no, owed)
    select unit_no, cast(:form_no as integer), effective_on, cast(:return_no as integer),
        cast(:submission_no as integer), bool_or(owes)
    from (
        select unit_no, effective_on, false as owes, true as staged from staged_coverage
        union all
        select unit_no, effective_on, true, false from owing
    ) both_sides
    group by unit_no, effective_on
    having bool_or(staged)
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


async def insert_reported_units(connection: AsyncConnection, submission_no: int) -> None:
    """Record the units and periods that a submission reports. The units may always read its header."""
    await connection.execute(_INSERT_REPORTED_UNITS, {"submission_no": submission_no})


async def lock_units(connection: AsyncConnection, return_no: int) -> None:
    """Serialize the returns of the units that a return reports or reported."""
    await connection.execute(_LOCK_UNITS, {"return_no": return_no})


async def count_returns(connection: AsyncConnection, form_no: int, return_no: int) -> None:
    """Add the difference of a return to the counts of units by newest period. Call before its coverage is claimed."""
    await connection.execute(_COUNT_RETURNS, {"form_no": form_no, "return_no": return_no})


async def claim_coverage(connection: AsyncConnection, form_no: int, return_no: int, submission_no: int) -> int:
    """Claim the units and periods of the staged rows for the return; return the number claimed.

    Fewer than were staged means that a concurrent return claimed one of them first: roll back.
    """
    parameters = {"form_no": form_no, "return_no": return_no, "submission_no": submission_no} | NOW
    return (await connection.execute(_CLAIM, parameters)).rowcount
