"""COPY of data frames, surrogate keys and advisory locks, on a real database."""

from __future__ import annotations

import asyncio

import polars as pl
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests.support.services.calls_service import CallsService

from miernik_calls.calls.models import call
from miernik_shared.advisory_locks import lock_key
from miernik_shared.copy_frames import copy_frame
from miernik_shared.surrogate_keys import next_key


@pytest.fixture
def engine(shared_calls: CallsService) -> AsyncEngine:
    return shared_calls.app.state.service.engine


async def copied(connection: AsyncConnection, rows: pl.DataFrame) -> list[tuple[object, ...]]:
    """The rows of a temporary table into which the frame was copied."""
    await connection.execute(text("create temporary table copied (number integer, title text) on commit drop"))
    await copy_frame(connection, "copied", rows)
    return [tuple(row) for row in await connection.execute(text("select number, title from copied order by number"))]


async def test_null_and_empty_text_stay_different(engine: AsyncEngine) -> None:
    rows = pl.DataFrame({"number": [1, 2], "title": [None, ""]}, schema={"number": pl.Int32, "title": pl.String})

    async with engine.begin() as connection:
        assert await copied(connection, rows) == [(1, None), (2, "")]


async def test_quotes_line_ends_and_backslashes_are_copied(engine: AsyncEngine) -> None:
    titles = ['"Nowy" start', "dwie\nlinie", "a\\tb", "a\tb", "x,y", "\\N"]

    async with engine.begin() as connection:
        found = await copied(connection, pl.DataFrame({"number": range(len(titles)), "title": titles}))

    assert [title for _, title in found] == titles


async def test_more_rows_than_a_slice_are_copied_once_each(engine: AsyncEngine) -> None:
    numbers = range(250_001)

    async with engine.begin() as connection:
        found = await copied(connection, pl.DataFrame({"number": numbers, "title": ["x"] * len(numbers)}))

    assert [number for number, _ in found] == list(numbers)


async def test_columns_are_matched_by_name(engine: AsyncEngine) -> None:
    rows = pl.DataFrame({"title": ["a"], "number": [7]})

    async with engine.begin() as connection:
        assert await copied(connection, rows) == [(7, "a")]


async def test_each_key_is_drawn_once(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        first, second = await next_key(connection, call), await next_key(connection, call)

    assert second > first


async def test_second_writer_of_a_key_waits_for_the_first(engine: AsyncEngine) -> None:
    order: list[str] = []

    async def write(name: str) -> None:
        async with engine.begin() as connection:
            await lock_key(connection, "test", "one")
            order.append(name)

    async with engine.begin() as connection:
        await lock_key(connection, "test", "one")
        second = asyncio.create_task(write("second"))
        await asyncio.sleep(0.2)
        order.append("first")
    await second

    assert order == ["first", "second"]


async def test_writer_of_another_key_does_not_wait(engine: AsyncEngine) -> None:
    async with engine.begin() as first, engine.begin() as second:
        await lock_key(first, "test", "one")
        await asyncio.wait_for(lock_key(second, "test", "two"), timeout=120)
