"""The report at a past moment shows what was known then: allocations, rates, the names of nodes, applications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]
REPORT = "/v1/reports/contracting"


@pytest.fixture
async def office_database(database: DatabaseUrls) -> AsyncIterator[Office]:
    """7.2 has 100 EUR at 4.00, of which 40 złote are signed."""
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        await service.grant(calls_feed.id_of("7.2"), "100")
        await service.signed("U-1", calls_feed.id_of("7.2.1"), "40")
        yield service, calls_feed


def now(service: ContractsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def report(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get(REPORT, params={"as_of": "2011-08-31", **query}))


def printed(answer: dict[str, Any]) -> dict[str, Any]:
    """The report without its moment and its addresses, which name that moment."""
    rows = [{**row, "proof": None, "recommended": {**row["recommended"], "proof": None}} for row in answer["rows"]]
    return {**answer, "rows": rows, "position": None, "known_at": None}


async def revise_the_allocation(service: ContractsService) -> None:
    (one,) = ok(await service.officer.get("/v1/allocations"))["items"]
    state = {"amount_eur": "200", "rate_source": "programming", "effective_on": "2007-01-01"}
    ok(await service.officer.put(f"/v1/allocations/{one['id']}", json=state, headers={"If-Match": '"v1"'}))


async def correct_the_rate(service: ContractsService) -> None:
    await service.add_rate("8", "2007-01-01")


@pytest.mark.parametrize("change", [revise_the_allocation, correct_the_rate])
async def test_a_share_after_a_change_of_its_base_stays_as_it_was_known(office_database: Office, change: Any) -> None:
    service, _ = office_database
    before, moment = await report(service), now(service)
    await change(service)
    after = await report(service)

    assert [one["rows"][-1]["share"]["percentage"] for one in (before, after)] == ["10.00", "5.00"]
    assert printed(await report(service, known_at=moment)) == printed(before)


async def test_a_renamed_node_keeps_the_name_that_was_known(office_database: Office) -> None:
    service, calls_feed = office_database
    before, moment = await report(service), now(service)
    calls_feed.node("7.3", "measure", "VII", name="Inna nazwa", selection_mode="competitive")
    await service.wait_until_applied(calls_feed)

    assert (await report(service))["rows"][-2]["name"] == "Inna nazwa"
    assert printed(await report(service, known_at=moment)) == printed(before)


async def test_an_office_of_which_nothing_was_known_yet_is_refused(office_database: Office) -> None:
    service, calls_feed = office_database
    moment = now(service)
    calls_feed.accepted("W-1", None, "2011-02-01", "10.00", office="32")
    await service.wait_until_applied(calls_feed)
    assert (await report(service, office="32"))["rows"][-1]["recommended"]["number"] == 1
    refused = await service.officer.get(REPORT, params={"office": "32", "known_at": moment})
    assert_problem(refused, 422, "report_office_unknown")


async def test_half_a_grosz_of_an_allocation_is_rounded_up(office_database: Office) -> None:
    service, calls_feed = office_database
    await service.add_rate("4.5", "2007-01-01")
    await service.grant(calls_feed.id_of("7.3"), "100.01")
    rows = {row["code"]: row for row in (await report(service))["rows"]}

    assert rows["7.3"]["share"]["allocation_pln"] == "450.05"
