"""Table of financial progress of an office with several programmes: each has its own percentage, the total has none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        yield service, calls_feed


async def report(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get("/v1/reports/contracting", params={"as_of": "2011-08-31", **query}))


async def read_total_shares(service: ContractsService, **query: str) -> dict[tuple[str, str | None], str | None]:
    """Percentages of the totals by kind and code."""
    shown = (await report(service, **query))["rows"]
    totals = [row for row in shown if row["kind"] in ("total", "programme_total")]
    return {(row["kind"], row["code"]): row["share"] and row["share"]["percentage"] for row in totals}


async def add_programmes(office: Office) -> None:
    """Two programmes with an allocation at another rate each, beside the tree of priority VII under the first."""
    service, calls_feed = office
    calls_feed.node("POKL", "programme")
    calls_feed.node("VII", "priority", "POKL")
    calls_feed.node("RPO", "programme")
    calls_feed.node("R.1", "measure", "RPO", selection_mode="competitive")
    await service.wait_until_applied(calls_feed)
    await service.add_rate("3", "2007-01-01", source="office", office="04")
    await service.grant(calls_feed.id_of("7.3"), "100")
    await service.grant(calls_feed.id_of("R.1"), "100", rate_source="office")
    await service.signed("U-1", calls_feed.id_of("7.3"), "100.00")
    await service.signed("U-2", calls_feed.id_of("R.1"), "225.00")


async def test_two_programmes_are_never_added_into_one_percentage(office: Office) -> None:
    service, calls_feed = office
    await add_programmes(office)

    found = await report(service)
    totals = {row["code"]: row for row in found["rows"] if row["kind"] in ("total", "programme_total")}

    assert await read_total_shares(service) == {
        ("programme_total", "POKL"): "25.00", ("programme_total", "RPO"): "75.00", ("total", None): None,
    }  # fmt: skip
    assert totals[None]["signed"] == {"number": 2, "value_pln": "325.00"}
    assert (totals["RPO"]["signed"]["value_pln"], totals["RPO"]["name"]) == ("225.00", "Nazwa RPO")
    for row in totals.values():
        listed = ok(await service.officer.get(row["proof"]))["items"]
        assert sum(Decimal(one["value_pln"]) for one in listed) == Decimal(row["signed"]["value_pln"])
    (note,) = [one for one in found["notes"] if one["code"] == "share_of_several_programmes"]
    assert "OGÓŁEM nie ma % kontraktacji" in note["text"]
    assert calls_feed.nodes


@pytest.mark.parametrize("measure", ["RPO", "R.1", "7.3"])
async def test_selected_part_of_one_programme_has_its_percentage(office: Office, measure: str) -> None:
    service, _ = office
    await add_programmes(office)

    shares = await read_total_shares(service, measure=measure)

    assert shares == {("total", None): "25.00" if measure == "7.3" else "75.00"}


async def test_priorities_of_one_tree_are_one_programme(office: Office) -> None:
    service, calls_feed = office
    calls_feed.node("VIII", "priority")
    calls_feed.node("8.1", "measure", "VIII", selection_mode="competitive")
    await service.wait_until_applied(calls_feed)
    for code in ("7.3", "8.1"):
        await service.grant(calls_feed.id_of(code), "100")
    await service.signed("U-1", calls_feed.id_of("8.1"), "200.00")

    assert list(await read_total_shares(service)) == [("total", None)]
