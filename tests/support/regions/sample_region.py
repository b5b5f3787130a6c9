"""A small region with a form, made once a session and copied for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer, copy_of, fresh_database
from tests.support.services.indicators_service import IndicatorsService, running_indicators

from miernik_local.provision import DatabaseUrls

GMINY = ("040201", "040202", "040203", "040802", "041902", "221208")
ROPS = "ROPS-04"
"""The unit that sends collective returns."""


async def sample_region(service: IndicatorsService) -> None:
    """Register, one OPS a gmina, a unit for collective returns, three indicators and their form.

    The indicators `7.1-1` (sum, part `rural`), `7.1-2` (last) and `7.1-3` (max) are on the form SP7, open for 2010-H1
    to 2012-H2.
    """
    ok(await service.import_register())
    for code in GMINY:
        await service.add_unit(code)
    await service.add_unit("04", "ROPS")
    await service.add_indicator("7.1-1", parts=["rural"])
    await service.add_indicator("7.1-2", "last")
    await service.add_indicator("7.1-3", "max")
    await service.add_form(["7.1-1", "7.1-2", "7.1-3"])
    await service.open_periods(*(f"{year}-H{half}" for year in (2010, 2011, 2012) for half in (1, 2)))


async def make_sample(server: PostgresServer) -> DatabaseUrls:
    """A database with the sample region, to copy from."""
    urls = fresh_database(server)
    async with running_indicators(urls) as service:
        await sample_region(service)
    return urls


@asynccontextmanager
async def running_sample(
    server: PostgresServer, sample: DatabaseUrls, **options: Any
) -> AsyncIterator[IndicatorsService]:
    """The service on its own copy of the sample."""
    with copy_of(server, sample) as urls:
        async with running_indicators(urls, **options) as service:
            yield service


async def units_by_code(service: IndicatorsService) -> dict[str, dict[str, Any]]:
    """The units of the region by code."""
    page = ok(await service.officer.get("/v1/reporting-units"))
    return {unit["code"]: unit for unit in page["items"]}
