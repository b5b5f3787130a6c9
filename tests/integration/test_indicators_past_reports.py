"""Reports of a past moment (``known_at``): every fact recorded later is left out of them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.regions.terc_files import GMINY, changed, terc_file
from tests.support.services.indicators_service import IndicatorsService, csv, definition

JUNE = {"as_of": "2011-06-30"}
MATCH = {"If-Match": '"v1"'}


def moment(service: IndicatorsService) -> str:
    (now,) = service.query("select clock_timestamp()")[0]
    return now.isoformat()


async def redefine(service: IndicatorsService, **more: Any) -> None:
    body = definition(parts=["rural"], redefined=True, valid_from="2011-01-01", **more)
    ok(await service.officer.put("/v1/indicators/7.1-1", json=body, headers=MATCH))


async def test_a_definition_recorded_later_is_absent_from_a_past_report(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    then = moment(service)
    await redefine(service, name="Liczba osób")

    past = await service.row("7.1-1", known_at=then, **JUNE)
    now = await service.row("7.1-1", **JUNE)

    assert (past["name"], past["achieved"]) == ("Liczba klientów", "10.000000")
    assert (now["name"], now["achieved"]) == ("Liczba osób", None)


async def test_a_past_proof_uses_the_definition_known_at_its_moment(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    then = moment(service)
    row = await service.row("7.1-1", known_at=then, **JUNE)
    await redefine(service)

    proof = ok(await service.officer.get(row["proof"]))

    assert [one["value"] for one in proof["items"]] == [row["achieved"]]


async def test_an_indicator_defined_later_is_absent_from_a_past_report(service: IndicatorsService) -> None:
    then = moment(service)
    await service.add_indicator("8.1")

    past = await service.report(known_at=then, **JUNE)

    assert "8.1" not in {row["indicator"] for row in past["rows"]}


async def test_a_measure_defined_later_is_unknown_at_a_past_moment(service: IndicatorsService) -> None:
    then = moment(service)
    await service.add_indicator("8.1", valid_from="2012-01-01")

    past = await service.officer.get("/v1/reports/indicators", params={"measure": "8.1", "known_at": then, **JUNE})
    now = await service.report(measure="8.1", **JUNE)

    assert_problem(past, 422, "report_measure_unknown")
    assert now["rows"] == []


async def test_of_two_targets_of_one_day_the_later_recorded_counts(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    await service.set_target("7.1-1", "approved", "40")
    then = moment(service)
    await service.set_target("7.1-1", "proposed", "50")
    await service.set_target("7.1-1", "original", "20")
    await service.set_target("7.1-1", "original", "25")

    past = await service.row("7.1-1", known_at=then, **JUNE)
    now = await service.row("7.1-1", **JUNE)

    assert (past["revised_target"]["value"], past["original_target"]) == ("40.000000", None)
    assert (now["revised_target"]["value"], now["original_target"]["value"]) == ("50.000000", "25.000000")
    assert (past["percentage"], now["percentage"]) == ("25.00", "20.00")


async def test_a_territory_has_the_name_known_at_the_moment(service: IndicatorsService) -> None:
    then = moment(service)
    renamed = terc_file(changed(GMINY, "221208", name="Redzikowo"), day="2020-01-01")
    ok(await service.import_register(renamed))

    async def name(as_of: str, **query: str) -> str:
        return (await service.report(territory="221208", as_of=as_of, **query))["territory"]["name"]

    assert await name("2020-01-01", known_at=then) == "Słupsk"
    assert await name("2019-12-31") == "Słupsk"
    assert await name("2020-01-01") == "Redzikowo"
    assert await name("2005-01-01") == "Słupsk"


async def test_a_corrected_register_file_gives_the_name_of_its_day(service: IndicatorsService) -> None:
    then = moment(service)
    ok(await service.import_register(terc_file(changed(GMINY, "221208", name="Redzikowo"))))

    names = [
        (await service.report(territory="221208", **JUNE, **query))["territory"]["name"]
        for query in ({}, {"known_at": then})
    ]

    assert names == ["Redzikowo", "Słupsk"]


@pytest.mark.parametrize("order", [("2010-H2", "2011-H1"), ("2011-H1", "2010-H2")])
async def test_a_source_names_the_latest_period_of_its_indicators(
    service: IndicatorsService, order: tuple[str, str]
) -> None:
    first, second = order
    ok(await service.send(csv("7.1-1;;10"), period=first))
    ok(await service.send(csv("7.1-2;;10"), period=second))

    (source,) = (await service.report(**JUNE))["sources"]

    assert source["date"] == "2011-06-30"
    assert source["text"] == "Dane na podstawie Sprawozdania za I półrocze 2011 r. (1 jednostka)"


@pytest.mark.parametrize(
    ("kind", "period", "last_day", "shown"),
    [
        ("month", "2011-05", "2011-05-31", "maj 2011 r."),
        ("quarter", "2011-Q2", "2011-06-30", "II kwartał 2011 r."),
        ("year", "2010", "2010-12-31", "2010 r."),
    ],
)
async def test_a_source_names_a_period_of_its_forms_kind(
    service: IndicatorsService, kind: str, period: str, last_day: str, shown: str
) -> None:
    await service.add_indicator("8.1")
    await service.add_form(["8.1"], code="F8", period_kind=kind)
    await service.open_periods(period, form="F8")
    ok(await service.send(csv("8.1;;5"), form="F8", period=period))

    (source,) = (await service.report(measure="8.1", **JUNE))["sources"]

    text = f"Dane na podstawie Sprawozdania za {shown} (1 jednostka)"
    assert (source["date"], source["text"]) == (last_day, text)


async def test_a_sum_of_the_largest_values_is_exact_now_and_in_the_past(service: IndicatorsService) -> None:
    largest = "99999999999999,000001"
    ok(await service.send(csv(f"7.1-1;;{largest}")))
    ok(await service.send(csv(f"7.1-1;;{largest}"), unit="OPS-040202"))

    now = await service.row("7.1-1", territory="0402", **JUNE)
    past = await service.row("7.1-1", territory="0402", known_at=moment(service), **JUNE)

    assert (now["achieved"], past["achieved"]) == ("199999999999998.000002", "199999999999998.000002")
