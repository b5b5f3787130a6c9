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
