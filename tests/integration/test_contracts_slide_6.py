"""The table of the deck's slide 6, to every printed digit, for its day, by its rate and by another one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import codes, ok
from tests.support.regions.slide_6 import AS_OF, RECOMMENDED, SIGNED, slide_6
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls, figure

from miernik_local.provision import DatabaseUrls

PERCENT = {"7.1": "54.95", "7.2": "75.01", "7.3": "52.46"}


@pytest.fixture(scope="module")
async def office(module_database: DatabaseUrls) -> AsyncIterator[tuple[ContractsService, CallsFeed]]:
    async with contracts_and_calls(module_database) as (service, calls_feed):
        await slide_6(service, calls_feed)
        yield service, calls_feed


@pytest.fixture(scope="module")
def service(office: tuple[ContractsService, CallsFeed]) -> ContractsService:
    return office[0]


async def report(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get("/v1/reports/contracting", params={"as_of": AS_OF, **query}))


async def refused(service: ContractsService, **query: str) -> list[str]:
    answer = await service.officer.get("/v1/reports/contracting", params={"as_of": AS_OF, **query})
    assert answer.status_code == 422, answer.text
    return codes(answer)


async def test_every_row_of_the_table(service: ContractsService) -> None:
    rows = (await report(service))["rows"]
    assert [row["code"] for row in rows] == [*SIGNED, None]
    for row in rows[:-1]:
        code = row["code"]
        assert row["signed"] == dict(zip(("number", "value_pln"), SIGNED[code], strict=True)), code
        number, value = RECOMMENDED.get(code, (None, None))
        assert figure(row["recommended"]) == {"number": number, "value_pln": value}, code
        assert row["agreement_kind"] == ("framework" if code in ("7.1.1", "7.1.2") else "grant"), code
        assert (row["kind"], row["office"], row["complete"]) == ("node", "04", True), code


async def test_one_percentage_a_measure_and_one_of_all_from_sums(service: ContractsService) -> None:
    answer = await report(service)
    for row in answer["rows"][:-1]:
        assert row["share"]["percentage"] == PERCENT[row["measure"]], row["code"]
    shares = {row["measure"]: row["share"] for row in answer["rows"]}
    assert shares["7.1"] == {
        "percentage": "54.95", "contracted_pln": "114530306.39", "allocation_eur": "52000000.00",
        "allocation_pln": "208426400.00",
    }  # fmt: skip
    assert (shares["7.2"]["contracted_pln"], shares["7.2"]["allocation_pln"]) == ("104176985.13", "138884130.00")
    assert (shares["7.3"]["contracted_pln"], shares["7.3"]["allocation_pln"]) == ("15843856.54", "30201787.00")
    total = answer["rows"][-1]
    assert total["share"] == {
        "percentage": "62.13", "contracted_pln": "234551148.06", "allocation_eur": "94185000.00",
        "allocation_pln": "377512317.00",
    }  # fmt: skip
    assert total["signed"] == {"number": 628, "value_pln": "217707711.36"}
    assert figure(total["recommended"]) == {"number": 28, "value_pln": "16843436.70"}
    assert (total["kind"], total["complete"], total["code"]) == ("total", True, None)


async def test_the_rate_stands_beside_the_share_and_another_rate_moves_it(service: ContractsService) -> None:
    answer = await report(service)
    assert (answer["rate"], answer["rates"], answer["notes"]) == (
        {"source": "office", "office": "04", "table_no": None, "currency": "EUR", "effective_on": "2007-01-01",
         "rate": "4.008200", "asked_on": AS_OF, "offices": ["04"]}, [], [],
    )  # fmt: skip
    other = await report(service, rate_source="nbp_a", rate_on="2011-09-03")
    assert other["rows"][-1]["share"]["percentage"] == "60.09"
    assert other["rate"]["table_no"] == "168/A/NBP/2011"
    assert (other["rate"]["effective_on"], other["rate"]["asked_on"]) == (AS_OF, "2011-09-03")
    assert other["rows"][-1]["signed"] == answer["rows"][-1]["signed"]


async def test_the_headings_name_the_priority(service: ContractsService) -> None:
    answer = await report(service)

    assert answer["headings"] == [
        {"office": "04", "level": "priority", "code": "VII", "name": "Promocja integracji społecznej"}
    ]
    assert {row["measure_name"] for row in answer["rows"] if row["measure"] == "7.3"} == {"Inicjatywy lokalne"}


async def test_a_measure_alone_has_its_rows_and_its_total(service: ContractsService) -> None:
    rows = (await report(service, measure="7.2"))["rows"]
    assert [row["code"] for row in rows] == ["7.2.1", "7.2.2", None]
    assert rows[-1]["share"] == rows[0]["share"]
    assert rows[-1]["signed"] == {"number": 134, "value_pln": "87480368.45"}
    part = (await report(service, measure="7.2.2"))["rows"]
    assert [row["code"] for row in part] == ["7.2.2", None]
    assert part[0]["share"] == rows[0]["share"]
    assert (part[-1]["share"]["percentage"], part[-1]["share"]["contracted_pln"]) == (None, "29959549.88")
    assert await refused(service, measure="9.9") == ["report_measure_unknown"]


async def test_another_day_shows_what_was_true_then(service: ContractsService) -> None:
    before = {row["code"]: row for row in (await report(service, as_of="2011-06-29"))["rows"]}
    assert before["7.2.1"]["signed"] == {"number": 0, "value_pln": "0.00"}
    assert figure(before["7.2.1"]["recommended"]) == {"number": 118, "value_pln": "74217435.25"}
    # Nobody is recommended in 7.1 unless somebody is.
    assert figure(before["7.1.1"]["recommended"]) == {"number": 138, "value_pln": "76418210.18"}
    assert before[None]["share"]["percentage"] == "62.13"
    nothing = (await report(service, as_of="2011-04-30"))["rows"]
    assert {str(row["signed"]) for row in nothing} == {str({"number": None, "value_pln": None})}
    assert {row["complete"] for row in nothing} == {False}


async def test_the_whole_country_is_this_office_alone_here(service: ContractsService) -> None:
    assert (await report(service, office="PL"))["rows"] == (await report(service))["rows"]
    assert await refused(service, office="32") == ["report_office_unknown"]


async def test_what_the_report_can_be_asked_for(service: ContractsService) -> None:
    bounds = ok(await service.officer.get("/v1/reports/contracting/bounds"))

    assert (bounds["first_on"], bounds["last_on"], bounds["years"]) == ("2011-05-01", "2011-06-30", [2011])
    assert bounds["offices"] == [{"code": "04", "name": None}]
    assert [measure["code"] for measure in bounds["measures"]] == ["7.1", "7.2", "7.3"]
    assert bounds["measures"][2] == {"code": "7.3", "name": "Inicjatywy lokalne", "office": "04"}


async def test_whatever_happens_later_the_past_prints_the_same(
    office: tuple[ContractsService, CallsFeed],
) -> None:
    service, calls_feed = office
    known_at = service.query("select at from change order by position desc limit 1")[0][0].isoformat()
    before = await report(service, known_at=known_at)
    assert before["rows"] == (await report(service))["rows"], "folded from facts it is what the sums say"
    agreement = ok(await service.officer.get("/v1/agreements?number=U-7.3/7"))["items"][0]
    ok(await service.terminate(ok(await service.amend(agreement, "1000", "2011-07-01")), "2011-08-01"))
    calls_feed.node("7.3", "measure", "VII", name="Inaczej")
    calls_feed.accepted("7.2.1/1000", "7.2.1", "2011-05-01", "1.00", withdrawn_on="2011-08-31")
    calls_feed.accepted("new", None, "2011-08-01", "5.00")
    await service.wait_until_applied(calls_feed)
    await service.add_rate("4.5", "2011-08-01", "office", office="04")
    allocation = ok(await service.officer.get(f"/v1/allocations?node={calls_feed.id_of('7.2')}"))["items"][0]
    state = {"amount_eur": "1000000", "rate_source": "office", "effective_on": "2011-01-01"}
    ok(await service.officer.put(f"/v1/allocations/{allocation['id']}", json=state, headers={"If-Match": '"v1"'}))
    assert await report(service, known_at=known_at) == before
    after = await report(service)
    assert after["rows"][-1]["signed"]["number"] == 627
    assert after["rows"][-1]["recommended"]["number"] == 28
    assert [row["kind"] for row in after["rows"]][-2:] == ["unassigned", "total"]
    assert Decimal(after["rows"][3]["share"]["percentage"]) > 1000, "over 100 is shown as it is"
