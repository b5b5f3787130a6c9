"""Storing an accepted return: COPY into a temporary table, then set-based statements, in the order of the locks.

``COPY`` into a table with row-level security is refused by PostgreSQL, hence the temporary table. No foreign keys and
no triggers: the rows were checked as a set, and triggers cost several times the insert.
"""

import io

import polars as pl
import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from miernik_indicators.submissions.check import KEY

STAGED = ("row_no", *KEY, "powiat", "value")
_STAGE = text("""
    create temporary table if not exists staged_observation (
        row_no integer, voivodeship smallint, unit_no integer, series_no integer, breakdown_no smallint,
        effective_on date, powiat smallint, value numeric(20, 6)
    ) on commit delete rows
""")
_COPY = f"copy staged_observation ({', '.join(STAGED)}) from stdin"
_INSERT = text("""
    insert into observation (voivodeship, unit_no, series_no, breakdown_no, effective_on, submission_no, row_no,
        powiat, value)
    select voivodeship, unit_no, series_no, breakdown_no, effective_on, :submission_no, row_no, powiat, value
    from staged_observation
""")
_FOREIGN_COVERAGE = text("""
    select unit.code, staged.effective_on, staged.row_no
    from (
        select unit_no, effective_on, min(row_no) as row_no from staged_observation group by unit_no, effective_on
    ) staged
    join coverage using (unit_no, effective_on)
    join reporting_unit unit using (unit_no)
    where coverage.form_no = :form_no and coverage.return_no <> :return_no
    order by staged.row_no
    limit 100
""")
_RELEASE = text("""
    delete from coverage
    where return_no = :return_no and not exists (
        select from staged_observation staged
        where staged.unit_no = coverage.unit_no and staged.effective_on = coverage.effective_on)
""")
_COVER = text("""
    insert into coverage (unit_no, form_no, effective_on, return_no, submission_no)
    select distinct unit_no, cast(:form_no as integer), effective_on, cast(:return_no as integer),
        cast(:submission_no as integer)
    from staged_observation
    order by unit_no, effective_on
    on conflict (unit_no, form_no, effective_on) do update set submission_no = excluded.submission_no
        where coverage.return_no = excluded.return_no
""")
_COVERED = text("""
    select count(*) = (select count(*) from (select distinct unit_no, effective_on from staged_observation) staged)
    from coverage where submission_no = :submission_no and return_no = :return_no
""")


async def stage(connection: AsyncConnection, rows: pl.DataFrame) -> None:
    """Copies the rows into the transaction's temporary table, in key order."""
    await connection.execute(_STAGE)
    buffer = io.BytesIO()
    rows.select(STAGED).write_csv(buffer, include_header=False, separator="\t", null_value="\\N")
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101 - the engine is made for this driver
    async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        await copy.write(buffer.getbuffer())


async def covered_elsewhere(connection: AsyncConnection, form_no: int, return_no: int) -> list[tuple[str, str, int]]:
    """Units and periods of the staged rows that another return already covers: (unit code, period end, row)."""
    rows = await connection.execute(_FOREIGN_COVERAGE, {"form_no": form_no, "return_no": return_no})
    return [(row.code, row.effective_on.isoformat(), row.row_no) for row in rows]


async def cover(connection: AsyncConnection, form_no: int, return_no: int, submission_no: int) -> bool:
    """Claims the units and periods of the staged rows for the return and releases those it no longer holds.

    ``False`` when another return was faster with one of them: then the transaction must not go on.
    """
    await connection.execute(_RELEASE, {"return_no": return_no})
    parameters = {"form_no": form_no, "return_no": return_no, "submission_no": submission_no}
    await connection.execute(_COVER, parameters)
    covered = {"return_no": return_no, "submission_no": submission_no}
    return (await connection.execute(_COVERED, covered)).scalar_one()


async def insert_observations(connection: AsyncConnection, submission_no: int) -> None:
    """Appends the staged rows to the facts. They were staged in key order and keep it."""
    await connection.execute(_INSERT, {"submission_no": submission_no})
