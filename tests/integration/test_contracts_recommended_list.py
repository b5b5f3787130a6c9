"""The list of applications recommended for signing: who stands on it on a day, and that it proves the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import (
    ContractsService,
    OfficeDatabase,
    contracts_and_calls,
    contracts_on_a_copy,
)

from miernik_local.provision import DatabaseUrls

LIST = "/v1/recommended-applications"
Office = tuple[ContractsService, CallsFeed]


@pytest.fixture(scope="module")
async def office_database(module_database: DatabaseUrls) -> OfficeDatabase:
    """Two offices, with applications at every kind of place and in every state.

    One on a leaf, one on an inner node, one on none, one of a systemic measure, one signed on 1 June, one withdrawn,
    and one that is accepted on 1 July.
    """
    async with contracts_and_calls(module_database) as (service, calls_feed):
        calls_feed.priority_vii("32")
        await service.wait_until_applied(calls_feed)
        await service.add_rate("4", "2007-01-01")
        for one in ("04", "32"):
            await service.grant(calls_feed.id_of("VII", one), "1000000")
            await fill(service, calls_feed, one)
    return OfficeDatabase(module_database, calls_feed)


async def fill(service: ContractsService, calls_feed: CallsFeed, office_database: str) -> None:
    calls_feed.accepted(f"{office_database}/leaf", "7.2.1", "2011-02-01", "1.00", office=office_database)
    calls_feed.accepted(f"{office_database}/inner", "7.2", "2011-02-01", "2.00", office=office_database)
    calls_feed.accepted(f"{office_database}/none", None, "2011-02-01", "4.00", office=office_database)
    calls_feed.accepted(f"{office_database}/systemic", "7.1.1", "2011-02-01", "8.00", office=office_database)
    signed = calls_feed.accepted(f"{office_database}/signed", "7.2.1", "2011-02-01", "16.00", office=office_database)
    calls_feed.accepted(
        f"{office_database}/gone", "7.3", "2011-02-01", "32.00", office=office_database, withdrawn_on="2011-03-01"
    )
    calls_feed.accepted(f"{office_database}/later", "7.3", "2011-07-01", "64.00", office=office_database)
    await service.wait_until_applied(calls_feed)
    await service.signed("U-1", None, "16.00", application_id=signed, signed_on="2011-06-01")


@pytest.fixture
async def office(postgres_server: PostgresServer, office_database: OfficeDatabase) -> AsyncIterator[Office]:
    async with contracts_on_a_copy(postgres_server, office_database, wait_for_calls_seconds=0) as running:
        yield running


async def listed(service: ContractsService, address: str = LIST, **query: str) -> list[dict[str, Any]]:
    """Applications that an address leads to, read page by page."""
    found: list[dict[str, Any]] = []
    answer = await service.officer.get(address, params={**query, "limit": "1"} if query else None)
    found += ok(answer)["items"]
    while following := answer.links.get("next"):
        answer = await service.officer.get(following["url"])
        found += ok(answer)["items"]
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["number"] for one in found]


async def test_who_stands_on_it_on_a_day(office: Office) -> None:
    service, calls_feed = office
    asked = {"office": "04"}
    assert names(await listed(service, as_of="2011-01-31", **asked)) == []
    spring = ["04/gone", "04/inner", "04/leaf", "04/none", "04/signed", "04/systemic"]
    assert names(await listed(service, as_of="2011-02-28", **asked)) == spring
    assert names(await listed(service, as_of="2011-06-30", **asked)) == [
        "04/inner",
        "04/leaf",
        "04/none",
        "04/systemic",
    ]
    now = await listed(service, **asked)
    assert names(now) == ["04/inner", "04/later", "04/leaf", "04/none", "04/systemic"]
    assert now[2] == {
        "id": calls_feed.applications["04/leaf"]["id"],
        "office": "04",
        "number": "04/leaf",
        "node_id": calls_feed.id_of("7.2.1"),
        "code": "7.2.1",
        "accepted_on": "2011-02-01",
        "accepted_value_pln": "1.00",
    }
    assert (now[3]["node_id"], now[3]["code"]) == (None, None)
    assert len(await listed(service, as_of="2011-02-28")) == 2 * len(spring)


async def test_of_a_node_of_all_below_it_and_of_none(office: Office) -> None:
    service, calls_feed = office
    day = "2011-06-30"
    inner, leaf = calls_feed.id_of("7.2"), calls_feed.id_of("7.2.1")
    assert names(await listed(service, as_of=day, node=inner)) == ["04/inner"]
    assert names(await listed(service, as_of=day, within=inner)) == ["04/inner", "04/leaf"]
    assert names(await listed(service, as_of=day, within=inner, node=leaf)) == ["04/leaf"]
    assert names(await listed(service, as_of=day, within=leaf, node=inner)) == []
    assert names(await listed(service, as_of=day, unassigned="true")) == ["04/none", "32/none"]
    nowhere = "0192f3a4-0000-7000-8000-000000000009"
    assert await listed(service, as_of=day, node=nowhere) == await listed(service, as_of=day, within=nowhere) == []


async def assert_proved(service: ContractsService, **query: str) -> list[str]:
    """Assert that every row's address leads to its recommended applications, and return the rows that have any."""
    rows = ok(await service.officer.get("/v1/reports/contracting", params=query))["rows"]
    for row in rows:
        cell = row["recommended"]
        assert (cell["proof"] is None) is (cell["number"] is None)
        if cell["proof"]:
            values = [Decimal(one["accepted_value_pln"]) for one in await listed(service, cell["proof"])]
            assert (len(values), sum(values)) == (cell["number"], Decimal(cell["value_pln"])), row
    return [row["code"] or row["kind"] for row in rows if row["recommended"]["number"]]


@pytest.mark.parametrize("day", ["2011-01-31", "2011-02-28", "2011-06-30", "2011-12-31"])
async def test_it_proves_the_report(office: Office, day: str) -> None:
    service, calls_feed = office
    ((then,),) = service.query("select clock_timestamp()")
    shown = await assert_proved(service, as_of=day)
    assert bool(shown) is (day != "2011-01-31")
    if shown:
        assert {"7.1.1", "7.2.1", "7.2", "unassigned", "total"} <= {*shown}
    await assert_proved(service, as_of=day, office="PL")
    await assert_proved(service, as_of=day, measure="7.2")
    leaf = calls_feed.applications["04/leaf"]["id"]
    await service.signed("U-2", None, "1.00", application_id=leaf, signed_on="2011-02-01")
    calls_feed.accepted("04/inner", "7.2", "2011-02-01", "128.00")
    calls_feed.accepted("04/new", "7.2.1", "2011-02-01", "256.00")
    await service.wait_until_applied(calls_feed)
    await assert_proved(service, as_of=day)
    await assert_proved(service, as_of=day, known_at=then.isoformat())


async def test_on_the_day_of_its_signing_an_application_is_off_the_list(office: Office) -> None:
    service, _ = office
    days = {day: names(await listed(service, as_of=day, office="04")) for day in ("2011-05-31", "2011-06-01")}

    assert {day: "04/signed" in shown for day, shown in days.items()} == {"2011-05-31": True, "2011-06-01": False}


async def test_a_past_list_stays_as_it_was_known(office: Office) -> None:
    service, calls_feed = office
    ((then,),) = service.query("select clock_timestamp()")
    before = await listed(service, as_of="2011-06-30", office="04")
    calls_feed.accepted("04/leaf", "7.2.2", "2011-02-01", "128.00")
    calls_feed.accepted("04/new", "7.2.1", "2011-02-01", "256.00")
    await service.wait_until_applied(calls_feed)

    assert names(await listed(service, as_of="2011-06-30", office="04")) != names(before)
    assert await listed(service, as_of="2011-06-30", office="04", known_at=then.isoformat()) == before


async def test_an_application_names_its_node_by_the_code_of_the_day_as_known_then(office: Office) -> None:
    service, calls_feed = office
    ((then,),) = service.query("select clock_timestamp()")
    leaf = calls_feed.id_of("7.2.1")
    calls_feed.node("7.2.9", "sub_measure", "7.2", id=leaf, version=2, valid_from="2011-05-01")
    await service.wait_until_applied(calls_feed)

    async def code(**query: str) -> str:
        return next(one["code"] for one in await listed(service, **query) if one["number"] == "04/leaf")

    assert (await code(as_of="2011-04-30"), await code(as_of="2011-05-01")) == ("7.2.1", "7.2.9")
    assert await code(as_of="2011-05-01", known_at=then.isoformat()) == "7.2.1"
