"""The report at a past moment shows what was known then: allocations, rates, the names of nodes, applications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.contracts_service import ContractsService, contracts_and_calls
from tests.support.indicators_service import codes, taken
from tests.support.told_by_calls import ToldByCalls

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, ToldByCalls]
REPORT = "/v1/reports/contracting"


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    """7.2 has 100 EUR at 4.00, of which 40 złote are signed."""
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, told):
        await service.add_rate("4", "2007-01-01")
        await service.grant(told.id_of("7.2"), "100")
        await service.signed("U-1", told.id_of("7.2.1"), "40")
        yield service, told


def now(service: ContractsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def report(service: ContractsService, **query: str) -> dict[str, Any]:
    return taken(await service.officer.get(REPORT, params={"as_of": "2011-08-31", **query}))


def printed(answer: dict[str, Any]) -> dict[str, Any]:
    """The report without its moment and its addresses, which name that moment."""
    rows = [{**row, "proof": None, "recommended": {**row["recommended"], "proof": None}} for row in answer["rows"]]
    return {**answer, "rows": rows, "position": None, "known_at": None}


async def revise_the_allocation(service: ContractsService) -> None:
    (one,) = taken(await service.officer.get("/v1/allocations"))["items"]
    state = {"amount_eur": "200", "rate_source": "programming", "effective_on": "2007-01-01"}
    taken(await service.officer.put(f"/v1/allocations/{one['id']}", json=state, headers={"If-Match": '"v1"'}))


async def correct_the_rate(service: ContractsService) -> None:
    await service.add_rate("8", "2007-01-01")


@pytest.mark.parametrize("change", [revise_the_allocation, correct_the_rate])
async def test_a_share_after_a_change_of_its_base_stays_as_it_was_known(office: Office, change: Any) -> None:
    service, _ = office
    before, moment = await report(service), now(service)
    await change(service)
    after = await report(service)
    assert [one["rows"][-1]["share"]["percentage"] for one in (before, after)] == ["10.00", "5.00"]
    assert printed(await report(service, known_at=moment)) == printed(before)


async def test_a_renamed_node_keeps_the_name_that_was_known(office: Office) -> None:
    service, told = office
    before, moment = await report(service), now(service)
    told.node("7.3", "measure", "VII", name="Inna nazwa", selection_mode="competitive")
    await service.learnt(told)
    assert (await report(service))["rows"][-2]["name"] == "Inna nazwa"
    assert printed(await report(service, known_at=moment)) == printed(before)


async def test_an_office_of_which_nothing_was_known_yet_is_refused(office: Office) -> None:
    service, told = office
    moment = now(service)
    told.accepted("W-1", None, "2011-02-01", "10.00", office="32")
    await service.learnt(told)
    assert (await report(service, office="32"))["rows"][-1]["recommended"]["number"] == 1
    refused = await service.officer.get(REPORT, params={"office": "32", "known_at": moment})
    assert (refused.status_code, codes(refused)) == (422, ["report_office_unknown"])


async def test_half_a_grosz_of_an_allocation_is_rounded_up(office: Office) -> None:
    service, told = office
    await service.add_rate("4.5", "2007-01-01")
    await service.grant(told.id_of("7.3"), "100.01")
    rows = {row["code"]: row for row in (await report(service))["rows"]}
    assert rows["7.3"]["share"]["allocation_pln"] == "450.05"
