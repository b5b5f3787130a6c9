"""Indicators: versions of their definition, series, targets."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.services.indicators_service import IndicatorsService, csv, definition, form_body


async def redefine(service: IndicatorsService, code: str, version: int, **more: object) -> dict[str, object]:
    answer = await service.officer.put(
        f"/v1/indicators/{code}", json=definition(**more), headers={"If-Match": f'"v{version}"'}
    )
    return ok(answer)


async def test_a_renamed_indicator_keeps_its_figures(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    await service.set_target("7.1-1", "original", "40")
    await redefine(service, "7.1-1", 1, redefined=False, name="Liczba osób", valid_from="2011-01-01")
    row = await service.row("7.1-1", as_of="2011-06-30")

    assert (row["name"], row["achieved"], row["percentage"]) == ("Liczba osób", "10.000000", "25.00")
    assert (await service.row("7.1-1", as_of="2010-12-31"))["name"] == "Liczba klientów"


async def test_no_figure_and_no_percentage_spans_a_redefinition(service: IndicatorsService) -> None:
    await service.set_target("7.1-1", "original", "40")
    ok(await service.send(csv("7.1-1;;10"), period="2010-H2"))
    await redefine(
        service, "7.1-1", 1, redefined=True, change_note="zmiana definicji wskaźnika", valid_from="2011-01-01"
    )
    ok(await service.send(csv("7.1-1;;7")))
    before = await service.row("7.1-1", as_of="2010-12-31")
    after = await service.row("7.1-1", as_of="2011-06-30")
    assert (before["achieved"], before["percentage"], before["change_note"]) == ("10.000000", "25.00", None)
    assert (after["achieved"], after["percentage"], after["original_target"]) == ("7.000000", None, None)
    assert after["change_note"] == "zmiana definicji wskaźnika"
    await service.set_target("7.1-1", "original", "14", effective_on="2011-01-01")
    assert (await service.row("7.1-1", as_of="2011-06-30"))["percentage"] == "50.00"


@pytest.mark.parametrize("as_of", ["2010-12-31", "2011-06-30"])
async def test_the_proof_of_a_figure_holds_values_of_its_definition_only(
    service: IndicatorsService, as_of: str
) -> None:
    ok(await service.send(csv("7.1-1;;10"), period="2010-H2"))
    await redefine(service, "7.1-1", 1, redefined=True, valid_from="2011-01-01")
    ok(await service.send(csv("7.1-1;;7")))
    row = await service.row("7.1-1", as_of=as_of)
    proof = ok(await service.officer.get(row["proof"]))

    assert [one["value"] for one in proof["items"]] == [row["achieved"]]


async def test_periods_are_put_together_in_one_way_within_a_series(service: IndicatorsService) -> None:
    change = definition("last", redefined=False, valid_from="2011-01-01")
    answer = await service.officer.put("/v1/indicators/7.1-1", json=change, headers={"If-Match": '"v1"'})

    assert_problem(answer, 409, "aggregation_changed", at="/aggregation")
    assert (await redefine(service, "7.1-1", 1, redefined=True, aggregation="last", valid_from="2011-01-01"))[
        "redefined"
    ]


async def test_a_definition_takes_over_from_a_later_day_only(service: IndicatorsService) -> None:
    change = definition(redefined=False, valid_from="2007-01-01")
    answer = await service.officer.put("/v1/indicators/7.1-1", json=change, headers={"If-Match": '"v1"'})

    assert_problem(answer, 409, "definition_not_later")


async def test_a_code_and_the_code_of_a_part_are_given_once(service: IndicatorsService) -> None:
    again = await service.officer.post("/v1/indicators", json=definition(code="7.1-1", measure="7.1"))
    assert_problem(again, 409, "indicator_code_taken", at="/code")
    twice = definition(parts=["rural", "rural"], code="7.1-9", measure="7.1")
    answer = await service.officer.post("/v1/indicators", json=twice)
    assert_problem(answer, 422, "part_repeated")


async def test_a_target_is_for_a_known_part_and_its_earmarked_part_is_smaller(service: IndicatorsService) -> None:
    base = {"status": "original", "value": "100", "effective_on": "2007-01-01"}
    address = "/v1/indicators/7.1-1/targets"
    unknown = await service.officer.post(address, json=base | {"breakdown": "urban"})
    assert_problem(unknown, 422, "part_unknown")
    larger = await service.officer.post(address, json=base | {"earmarked_value": "100.000001"})
    assert_problem(larger, 422, "earmarked_exceeds_target")


@pytest.mark.parametrize("value", ["-1", "1.0000001", "123456789012345", "NaN", "Infinity", "1 000", "", 0.1])
async def test_a_target_that_is_no_storable_number_is_refused(shared_service: IndicatorsService, value: object) -> None:
    body = {"status": "original", "value": value, "effective_on": "2007-01-01"}
    answer = await shared_service.officer.post("/v1/indicators/7.1-1/targets", json=body)

    assert_problem(answer, 422, "field_invalid")


async def test_setting_targets_uses_up_no_number_of_a_part(service: IndicatorsService) -> None:
    for _ in range(3):
        await service.set_target("7.1-1", "original", "1", breakdown="rural")
    await service.add_indicator("7.1-8", parts=["urban"])
    numbers = service.query("select code, breakdown_no from breakdown order by breakdown_no")

    assert numbers == [("", 0), ("rural", 1), ("urban", 2)]


async def test_indicators_are_listed_by_measure_and_number(service: IndicatorsService) -> None:
    for code in ("7.2-10", "7.2-9", "7.10-1"):
        await service.add_indicator(code)
    listed = ok(await service.officer.get("/v1/indicators"))["items"]
    assert [one["code"] for one in listed] == ["7.1-1", "7.1-2", "7.1-3", "7.2-9", "7.2-10", "7.10-1"]
    some = ok(await service.officer.get("/v1/indicators", params={"measure": "7.2", "limit": 1}))
    assert [one["code"] for one in some["items"]] == ["7.2-9"]
    rest = ok(await service.officer.get("/v1/indicators", params={"measure": "7.2", "cursor": some["next"]}))
    assert [one["code"] for one in rest["items"]] == ["7.2-10"]


async def test_an_indicator_is_collected_by_one_form(service: IndicatorsService) -> None:
    await service.add_indicator("7.2-1")
    ok(await service.officer.post("/v1/forms", json=form_body(["7.2-1"], code="SP72")))
    again = await service.officer.post("/v1/forms", json=form_body(["7.1-1"], code="SP73"))
    assert_problem(again, 409, "indicator_collected_elsewhere")
    grown = form_body(["7.1-1", "7.1-2", "7.1-3", "7.2-1"])
    changed = await service.officer.put("/v1/forms/SP7", json=grown, headers={"If-Match": '"v1"'})
    assert_problem(changed, 409, "indicator_collected_elsewhere")


async def test_a_form_may_take_up_indicators_and_drop_none(service: IndicatorsService) -> None:
    await service.add_indicator("7.2-1")
    smaller = await service.officer.put("/v1/forms/SP7", json=form_body(["7.1-1"]), headers={"If-Match": '"v1"'})
    assert (smaller.status_code, codes(smaller)) == (409, ["indicator_dropped", "indicator_dropped"])
    grown = form_body(["7.1-1", "7.1-2", "7.1-3", "7.2-1"])
    changed = ok(await service.officer.put("/v1/forms/SP7", json=grown, headers={"If-Match": '"v1"'}))
    assert (changed["version"], len(changed["indicators"])) == (2, 4)
    assert ok(await service.send(csv("7.2-1;;5")))["outcome"] == "accepted_with_warnings"


@pytest.mark.parametrize("field", [{"unit_kind": "PCPR"}, {"period_kind": "year"}])
async def test_a_form_keeps_its_kind_of_unit_and_period(service: IndicatorsService, field: dict[str, str]) -> None:
    body = form_body(["7.1-1", "7.1-2", "7.1-3"], **field)
    answer = await service.officer.put("/v1/forms/SP7", json=body, headers={"If-Match": '"v1"'})

    assert_problem(answer, 409, "form_kind_changed")


async def test_a_form_needs_known_indicators_and_separators_that_differ(service: IndicatorsService) -> None:
    unknown = await service.officer.post("/v1/forms", json=form_body(["7.1-99"], code="SP8"))
    assert_problem(unknown, 422, "indicator_not_found")
    notation = {"decimal": ",", "thousands": [","]}
    body = form_body(["7.1-1"], code="SP8", number_format=notation)
    assert (await service.officer.post("/v1/forms", json=body)).status_code == 422


async def test_two_forms_made_at_once_with_one_indicator_give_one_form(
    service: IndicatorsService,
) -> None:
    await service.add_indicator("7.9-1")
    bodies = [form_body(["7.9-1"], code=code) for code in ("RACE-A", "RACE-B")]
    answers = await asyncio.gather(*(service.officer.post("/v1/forms", json=body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_changed_form_keeps_its_external_ids(service: IndicatorsService) -> None:
    await service.add_indicator("9.9-1")
    number = {"system": "CAS", "value": "F-17"}
    await service.add_form(["9.9-1"], code="EXT", external_ids=[number])

    answer = await service.officer.put("/v1/forms/EXT", json=form_body(["9.9-1"]), headers={"If-Match": '"v1"'})

    assert ok(answer)["external_ids"] == [number]
    ((before, after),) = service.query(
        "select before -> 'external_ids', after -> 'external_ids' from change where action = 'form.changed'"
        " and subject = 'forms/EXT'"
    )
    assert (before, after) == ([number], [number])
