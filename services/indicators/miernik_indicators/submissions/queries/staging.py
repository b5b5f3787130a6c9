"""SQL of staging: COPY into temporary tables, then one set-based insert of the observations.

PostgreSQL refuses ``COPY`` into a table with row-level security, hence the temporary tables. No foreign keys and no
triggers: the rows were validated as a set, and triggers cost several times the insert. Coverage and totals by powiat
are aggregated by polars and copied as a few rows: grouping a million staged rows in the server took three times as
long.
"""

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_shared.copy_frames import copy_frame

# Creates the temporary tables unless the session has them: one statement for the three. They outlive the transaction
# that created them, unless it is rolled back.
_CREATE_TABLES = text("""
    do $$ begin
        if to_regclass('pg_temp.staged_total') is null then
            create temporary table staged_observation (
                row_no integer, voivodeship smallint, unit_no integer, series_no integer, breakdown_no smallint,
                effective_on date, powiat smallint, value numeric(20, 6)
            ) on commit delete rows;
            create temporary table staged_coverage (
                unit_no integer, effective_on date, row_no integer
            ) on commit delete rows;
            create temporary table staged_total (
                voivodeship smallint, series_no integer, breakdown_no smallint, effective_on date, powiat smallint,
                value numeric, reported bigint, missing bigint
            ) on commit delete rows;
        end if;
    end $$
""")
# Appends the staged rows to the facts.
_INSERT_OBSERVATIONS = text("""
    insert into observation (voivodeship, unit_no, series_no, breakdown_no, effective_on, submission_no, row_no,
        powiat, value)
    select voivodeship, unit_no, series_no, breakdown_no, effective_on, :submission_no, row_no, powiat, value
    from staged_observation
""")
# Returns whether a staged row has no equal observation in a submission.
_DIFFERS = text("""
    select exists (
        select voivodeship, unit_no, series_no, breakdown_no, effective_on, value from staged_observation
        except
        select voivodeship, unit_no, series_no, breakdown_no, effective_on, value from observation
        where submission_no = :submission_no)
""")

# Returns staged rows whose value is far above the last one of the unit before that period: a hundred times as much and
# at least a thousand more. Small counts multiply without being wrong. Values are compared only where a former one is
# known, and rows below a thousand are not looked up at all.
_FAR_ABOVE_FORMER = text("""
    select staged.row_no, staged.value, former.value as former
    from staged_observation staged
    cross join lateral (
        select fact.value
        from observation fact join coverage on coverage.unit_no = fact.unit_no and coverage.form_no = :form_no
            and coverage.effective_on = fact.effective_on and coverage.submission_no = fact.submission_no
        where fact.voivodeship = staged.voivodeship and fact.unit_no = staged.unit_no
            and fact.series_no = staged.series_no and fact.breakdown_no = staged.breakdown_no
            and fact.effective_on < staged.effective_on and fact.value is not null
        order by fact.effective_on desc
        limit 1
    ) former
    where staged.value >= :least and former.value > 0 and staged.value >= :factor * former.value
        and staged.value - former.value >= :least
    order by staged.row_no
""")


async def find_values_far_above_former(
    connection: AsyncConnection, form_no: int, factor: int, least: int
) -> list[tuple[int, str, str]]:
    """Staged values ``factor`` times the unit's last one and ``least`` above it: (row, value, last value)."""
    parameters = {"form_no": form_no, "factor": factor, "least": least}
    rows = await connection.execute(_FAR_ABOVE_FORMER, parameters)
    return [(row.row_no, f"{row.value.normalize():f}", f"{row.former.normalize():f}") for row in rows]


async def stage_rows(connection: AsyncConnection, rows: pl.DataFrame) -> int:
    """Copy rows in key order and their coverage into temporary tables; return the number of units and periods."""
    await connection.execute(_CREATE_TABLES)
    covered = rows.group_by("unit_no", "effective_on").agg(pl.col("row_no").min()).sort("unit_no", "effective_on")
    await copy_frame(connection, "staged_coverage", covered)
    await copy_frame(connection, "staged_observation", rows)
    return covered.height


async def stage_totals(connection: AsyncConnection, totals: pl.DataFrame) -> None:
    """Copy the totals by powiat into their temporary table."""
    await copy_frame(connection, "staged_total", totals)


async def equals_staged(connection: AsyncConnection, submission_no: int) -> bool:
    """Whether every staged row was stored with a submission, with the same value."""
    return not (await connection.execute(_DIFFERS, {"submission_no": submission_no})).scalar_one()


async def insert_observations(connection: AsyncConnection, submission_no: int) -> None:
    """Append the staged rows to the facts, in key order."""
    await connection.execute(_INSERT_OBSERVATIONS, {"submission_no": submission_no})
