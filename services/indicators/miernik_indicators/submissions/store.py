"""Storing an accepted return: COPY into temporary tables, then set-based statements, in the order of the locks.

``COPY`` into a table with row-level security is refused by PostgreSQL, hence the temporary tables. No foreign keys and
no triggers: the rows were checked as a set, and triggers cost several times the insert. What can be summed up before
it is sent (the units and periods that a return covers, the totals by powiat) is summed up by polars and copied as a few
rows: grouping a million staged rows in the server took three times as long.
"""

import asyncio
import io
from collections.abc import Sequence
from typing import cast

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SLICE = 100_000
_SMALL = 5_000
"""Rows that are written out faster than a thread takes them over."""
# One statement for the three. They outlive the transaction that made them, unless it is rolled back.
_TABLES = text("""
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
_INSERT = text("""
    insert into observation (voivodeship, unit_no, series_no, breakdown_no, effective_on, submission_no, row_no,
        powiat, value)
    select voivodeship, unit_no, series_no, breakdown_no, effective_on, :submission_no, row_no, powiat, value
    from staged_observation
""")
_NOT_HELD = text("""
    select exists (
        select voivodeship, unit_no, series_no, breakdown_no, effective_on, value from staged_observation
        except
        select voivodeship, unit_no, series_no, breakdown_no, effective_on, value from observation
        where submission_no = :submission_no)
""")
_FOREIGN_COVERAGE = text("""
    select unit.code, staged.effective_on, staged.row_no
    from staged_coverage staged
    join coverage using (unit_no, effective_on)
    join reporting_unit unit using (unit_no)
    where coverage.form_no = :form_no and coverage.return_no <> :return_no
    order by staged.row_no
    limit 100
""")
_COVERED_VOIVODESHIPS = text("""
    select distinct unit.voivodeship from coverage join reporting_unit unit using (unit_no)
    where coverage.return_no = :return_no
""")
_RELEASE = text("""
    delete from coverage
    where return_no = :return_no and not exists (
        select from staged_coverage staged
        where staged.unit_no = coverage.unit_no and staged.effective_on = coverage.effective_on)
""")
_SPEAK_FOR = text("""
    insert into submission_unit (submission_no, unit_no)
    select distinct cast(:submission_no as integer), unit_no from staged_coverage where unit_no <> :unit_no
""")
_COVER = text("""
    insert into coverage (unit_no, form_no, effective_on, return_no, submission_no)
    select unit_no, cast(:form_no as integer), effective_on, cast(:return_no as integer),
        cast(:submission_no as integer)
    from staged_coverage
    order by unit_no, effective_on
    on conflict (unit_no, form_no, effective_on) do update set submission_no = excluded.submission_no
        where coverage.return_no = excluded.return_no
""")


async def stage_rows(connection: AsyncConnection, rows: pl.DataFrame) -> int:
    """Copies the rows, which are in key order, and what they cover into the transaction's temporary tables.

    Returns how many units and periods they cover.
    """
    await connection.execute(_TABLES)
    covered = rows.group_by("unit_no", "effective_on").agg(pl.col("row_no").min()).sort("unit_no", "effective_on")
    await _copy(connection, "staged_coverage", covered)
    await _copy(connection, "staged_observation", rows)
    return covered.height


async def stage_totals(connection: AsyncConnection, totals: pl.DataFrame) -> None:
    """Copies the sums by powiat that :func:`sum_by_powiat` made."""
    await _copy(connection, "staged_total", totals)


def sum_by_powiat(rows: pl.DataFrame, accumulated: Sequence[int]) -> pl.DataFrame:
    """Sum, number of values and number of gaps by powiat, series, part and period end, in key order; exact decimals.
    Series that are not plain sums over time are left out."""
    plain = rows.filter(~pl.col("series_no").is_in(list(accumulated))) if accumulated else rows
    value = pl.col("value").cast(pl.Decimal(38, 6))
    key = ["voivodeship", "series_no", "breakdown_no", "effective_on", "powiat"]
    return (
        plain.group_by(key)
        .agg(
            value.sum().alias("value"),
            pl.col("value").count().alias("reported"),
            pl.col("value").null_count().alias("missing"),
        )
        .sort(key)
    )


async def _copy(connection: AsyncConnection, table: str, rows: pl.DataFrame) -> None:
    raw = await connection.get_raw_connection()
    # The engine is made for this driver.
    driver = cast("psycopg.AsyncConnection[TupleRow]", raw.driver_connection)
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), columns)
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        if rows.height <= _SMALL:
            await copy.write(_render_copy_text(rows))
            return
        # The next slice is written out while the server takes the one before.
        coming = _render_in_thread(rows.slice(0, _SLICE))
        for start in range(_SLICE, rows.height + _SLICE, _SLICE):
            text_of_slice, coming = await coming, _render_in_thread(rows.slice(start, _SLICE))
            await copy.write(text_of_slice)
        await coming


def _render_in_thread(rows: pl.DataFrame) -> "asyncio.Task[memoryview]":
    return asyncio.create_task(asyncio.to_thread(_render_copy_text, rows))


def _render_copy_text(rows: pl.DataFrame) -> memoryview:
    buffer = io.BytesIO()
    rows.write_csv(buffer, include_header=False, separator="\t", null_value="\\N")
    return buffer.getbuffer()


async def equals_staged(connection: AsyncConnection, submission_no: int) -> bool:
    """Whether every staged row was stored with this submission, with the same value."""
    return not (await connection.execute(_NOT_HELD, {"submission_no": submission_no})).scalar_one()


async def find_coverage_conflicts(
    connection: AsyncConnection, form_no: int, return_no: int
) -> list[tuple[str, str, int]]:
    """Units and periods of the staged rows that another return already covers: (unit code, period end, row)."""
    rows = await connection.execute(_FOREIGN_COVERAGE, {"form_no": form_no, "return_no": return_no})
    return [(row.code, row.effective_on.isoformat(), row.row_no) for row in rows]


async def list_covered_voivodeships(connection: AsyncConnection, return_no: int) -> set[int]:
    """Voivodeships in which a return holds figures now."""
    return set((await connection.execute(_COVERED_VOIVODESHIPS, {"return_no": return_no})).scalars())


async def release_coverage(connection: AsyncConnection, return_no: int) -> None:
    """Gives up the units and periods that the staged rows of a correction no longer hold."""
    await connection.execute(_RELEASE, {"return_no": return_no})


async def insert_represented_units(connection: AsyncConnection, submission_no: int, unit_no: int) -> None:
    """Notes the units other than the sender that a collective return reports, who may read its header ever after."""
    await connection.execute(_SPEAK_FOR, {"submission_no": submission_no, "unit_no": unit_no})


async def claim_coverage(connection: AsyncConnection, form_no: int, return_no: int, submission_no: int) -> int:
    """Claims the units and periods of the staged rows for the return; returns how many could be claimed.

    Fewer than were staged means that another return was faster: then the transaction must not go on.
    """
    parameters = {"form_no": form_no, "return_no": return_no, "submission_no": submission_no}
    return (await connection.execute(_COVER, parameters)).rowcount


async def insert_observations(connection: AsyncConnection, submission_no: int) -> None:
    """Appends the staged rows to the facts. They were staged in key order and keep it."""
    await connection.execute(_INSERT, {"submission_no": submission_no})
