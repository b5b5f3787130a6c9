"""A plain FastAPI and SQLAlchemy application that computes the dashboard's table at each request.

`/rollup` sums our own rollup, which such an application would not have; `/observations` the observations.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import bindparam, case, column, func, select, table
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

engine = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=10)
sessions = async_sessionmaker(engine)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
definition = table(
    "definition", *map(column, ("indicator_no", "series_no", "code", "name", "original_target", "revised_target")),
    schema="bench",
)  # fmt: skip
SOURCES = {
    "rollup": (table("indicator_rollup", *map(column, ("voivodeship", "series_no", "effective_on", "sum")),
                     schema="indicators"), "sum"),
    "observations": (table("observation", *map(column, ("voivodeship", "series_no", "effective_on", "value")),
                           schema="indicators"), "value"),
}  # fmt: skip


class Row(BaseModel):
    indicator: str
    name: str
    original_target: Decimal
    revised_target: Decimal
    achieved: Decimal | None
    percentage: Decimal | None


def _query(source: str):
    facts, value = SOURCES[source]
    achieved = (
        select(facts.c.series_no, func.sum(facts.c[value]).label("achieved"))
        .where(facts.c.voivodeship == bindparam("voivodeship"), facts.c.effective_on <= bindparam("as_of"))
        .group_by(facts.c.series_no)
        .subquery()
    )
    share = case((definition.c.revised_target > 0, achieved.c.achieved * 100 / definition.c.revised_target))
    return (
        select(definition, achieved.c.achieved, func.round(share, 2).label("percentage"))
        .outerjoin(achieved, achieved.c.series_no == definition.c.series_no)
        .order_by(definition.c.indicator_no)
    )


QUERIES = {source: _query(source) for source in SOURCES}


@app.get("/{source}")
async def dashboard(source: str, voivodeship: int, as_of: date) -> list[Row]:
    async with sessions() as session:
        found = await session.execute(QUERIES[source], {"voivodeship": voivodeship, "as_of": as_of})
        return [
            Row(
                indicator=one.code,
                name=one.name,
                original_target=one.original_target,
                revised_target=one.revised_target,
                achieved=one.achieved,
                percentage=one.percentage,
            )
            for one in found
        ]
