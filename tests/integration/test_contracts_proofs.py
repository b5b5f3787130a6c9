"""Behind a figure of the table of financial progress stand agreements that add up to it, whatever is written later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

DAY = {"as_of": "2011-06-30"}


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[tuple[ContractsService, CallsFeed]]:
    """Two offices with one tree each, with agreements in every state.

    Agreements of two kinds on a leaf, of an inner node, an amended one, an ended one and one signed after the day.
    """
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        calls_feed.priority_vii("32")
        await service.wait_until_applied(calls_feed)
        await service.add_rate("4", "2007-01-01")
        for office in ("04", "32"):
            await fill(service, calls_feed, office)
        yield service, calls_feed


async def fill(service: ContractsService, calls_feed: CallsFeed, office: str) -> None:
    leaf, inner, other = (calls_feed.id_of(code, office) for code in ("7.2.1", "7.2", "7.3"))
    await service.grant(calls_feed.id_of("VII", office), "1000000")
    one = await service.signed("U-1", leaf, "1.00")
    ok(await service.amend(one, "2.00", "2011-05-01"))
    await service.signed("U-2", leaf, "4.00", kind="framework")
    await service.signed("U-3", inner, "8.00")
    ended = await service.signed("U-4", leaf, "16.00")
    ok(await service.terminate(ended, "2011-06-30"))
    await service.signed("U-5", other, "32.00", signed_on="2011-07-01")
    await service.signed("U-6", other, "64.00")


async def change_everything(service: ContractsService, calls_feed: CallsFeed) -> None:
    """Change each agreement in a way that the report shows: one grows, one ends, one is added."""
    for office in ("04", "32"):
        listed = ok(await service.officer.get("/v1/agreements", params={"office": office}))["items"]
        for one in listed:
            if one["number"] in ("U-1", "U-2"):
                ok(await service.amend(one, "500.00", "2011-06-01", number="9"))
            if one["number"] in ("U-3", "U-6"):
                ok(await service.terminate(one, "2011-06-01"))
        await service.signed("U-7", calls_feed.id_of("7.2.1", office), "128.00")


async def report(service: ContractsService, **query: str) -> list[dict[str, Any]]:
    return ok(await service.officer.get("/v1/reports/contracting", params={**DAY, **query}))["rows"]


async def behind(service: ContractsService, proof: str) -> list[dict[str, Any]]:
    """Agreements that a link leads to, read page by page."""
    found: list[dict[str, Any]] = []
    address: str | None = f"{proof}&limit=1"
    while address:
        answer = await service.officer.get(address)
        found += ok(answer)["items"]
        address = answer.links.get("next", {}).get("url")
    return found


async def assert_proved(service: ContractsService, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        values = [Decimal(one["value_pln"]) for one in await behind(service, row["proof"])]
        shown = row["signed"]["number"] or 0, Decimal(row["signed"]["value_pln"] or 0)
        assert (len(values), sum(values)) == shown, row


QUERIES: list[dict[str, str]] = [
    {}, {"office": "PL"}, {"measure": "7.2"}, {"measure": "7.2.1"}, {"measure": "7.2", "office": "PL"},
    {"as_of": "2011-04-30"}, {"as_of": "2011-02-28"}, {"as_of": "2012-12-31"},
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_every_row_adds_up_today_and_after_everything_has_changed(
    office: tuple[ContractsService, CallsFeed], query: dict[str, str]
) -> None:
    service, calls_feed = office
    rows = await report(service, **query)
    await assert_proved(service, rows)
    await change_everything(service, calls_feed)
    await assert_proved(service, rows)
    assert await report(service, **query) != rows
    await assert_proved(service, await report(service, **query))


async def test_the_table_of_a_past_moment_proves_itself_at_that_moment(
    office: tuple[ContractsService, CallsFeed],
) -> None:
    service, calls_feed = office
    ((then,),) = service.query("select clock_timestamp()")
    before = await report(service)
    await change_everything(service, calls_feed)
    again = await report(service, known_at=then.isoformat())
    assert [row["signed"] for row in again] == [row["signed"] for row in before]
    await assert_proved(service, again)
    total = await behind(service, again[-1]["proof"])
    assert [(one["number"], one["value_pln"], one["terminated_on"]) for one in total] == [
        ("U-1", "2.00", None), ("U-2", "4.00", None), ("U-3", "8.00", None), ("U-6", "64.00", None),
    ]  # fmt: skip


async def test_agreements_of_a_node_that_was_not_learnt_are_none(office: tuple[ContractsService, CallsFeed]) -> None:
    service, _ = office
    nowhere = {"within": "0192f3a4-0000-7000-8000-000000000009"}

    assert ok(await service.officer.get("/v1/agreements", params=nowhere))["items"] == []
