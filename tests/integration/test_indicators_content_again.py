"""The content of the current version sent again.

It returns the receipt of that version, unless `If-Match` asks for a correction and the same text means something else
by now.
"""

from __future__ import annotations

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.regions.sample_region import units_by_code
from tests.support.services.indicators_service import IndicatorsService, csv, definition, form_body, sheet

INDICATORS = ("7.1-1", "7.1-2", "7.1-3")
CONTENT = csv("7.1-1;;10", "7.1-1;rural;4", "7.1-2;;n/d")
FIRST = '"v1"'


async def redefine(service: IndicatorsService, **more: object) -> None:
    body = definition(parts=["rural"], valid_from="2011-01-01", **more)
    ok(await service.officer.put("/v1/indicators/7.1-1", json=body, headers={"If-Match": FIRST}))


async def change_form(service: IndicatorsService, version: int, **more: object) -> None:
    headers = {"If-Match": f'"v{version}"'}
    ok(await service.officer.put("/v1/forms/SP7", json=form_body(INDICATORS, **more), headers=headers))


async def achieved(service: IndicatorsService, territory: str = "04") -> object:
    return (await service.row("7.1-1", as_of="2011-06-30", territory=territory))["achieved"]


async def test_figures_follow_a_redefinition_when_their_return_comes_again(service: IndicatorsService) -> None:
    first = ok(await service.send(CONTENT))
    await redefine(service, redefined=True)
    assert await achieved(service) is None
    # Somebody who may have lost the answer gets it; only who names the version asks for another one.
    assert ok(await service.send(CONTENT)) == first
    again = await service.send(CONTENT, if_match=FIRST, reason="zmiana definicji")
    assert (again.status_code, again.headers["etag"], again.json()["reason"]) == (201, '"v2"', "zmiana definicji")
    assert await achieved(service) == "10.000000"
    before = service.row_counts()
    for if_match in (None, FIRST, '"v2"'):
        lost = await service.send(CONTENT, if_match=if_match)
        assert (lost.status_code, lost.json(), lost.headers["etag"]) == (200, again.json(), '"v2"')
    assert service.row_counts() == before


async def test_a_row_that_lacked_its_unit_is_taken_once_the_unit_is_there(service: IndicatorsService) -> None:
    await change_form(service, 1, partial=True)
    content = sheet("OPS-040201;7.1-1;;10", "OPS-NOWY;7.1-1;;20")
    first = ok(await service.send(content, unit="ROPS-04"))
    assert (first["outcome"], first["accepted"]) == ("partially_accepted", 1)
    await service.add_unit("040202", code="OPS-NOWY")
    assert ok(await service.send(content, unit="ROPS-04", if_match='"v0"')) == first
    again = ok(await service.send(content, unit="ROPS-04", if_match=FIRST))
    assert (again["outcome"], again["accepted"], again["version"]) == ("accepted_with_warnings", 2, 2)
    assert await achieved(service) == "30.000000"


async def test_numbers_are_read_as_the_form_writes_them_now(service: IndicatorsService) -> None:
    await change_form(service, 1, number_format={"decimal": ",", "thousands": ["."]})
    ok(await service.send(csv("7.1-1;;1.234")))
    await change_form(service, 2, number_format={"decimal": ".", "thousands": []})

    assert ok(await service.send(csv("7.1-1;;1.234"), if_match=FIRST))["version"] == 2
    assert await achieved(service) == "1.234000"


async def test_a_row_invalid_by_now_is_left_out_of_the_new_version(service: IndicatorsService) -> None:
    await change_form(service, 1, partial=True)
    content = csv("7.1-1;;10,5", "7.1-2;;3")
    ok(await service.send(content))
    await redefine(service, redefined=False, whole_numbers=True)

    again = ok(await service.send(content, if_match=FIRST))

    assert (again["outcome"], again["accepted"], again["version"]) == ("partially_accepted", 1, 2)
    assert await achieved(service) is None


async def test_current_content_invalid_by_now_is_refused_and_the_version_stays(service: IndicatorsService) -> None:
    content = csv("7.1-1;;10,5")
    ok(await service.send(content))
    await redefine(service, redefined=False, whole_numbers=True)
    rehearsed = await service.send(content, dry_run="true")
    refused = await service.send(content, if_match=FIRST)

    assert_problem(rehearsed, 422, "value_not_whole")
    assert_problem(refused, 422, "value_not_whole")
    assert await achieved(service) == "10.500000"


@pytest.mark.parametrize("late", [False, True])
async def test_a_return_that_would_say_the_same_makes_no_version(service: IndicatorsService, late: bool) -> None:
    gmina = service.gmina((await units_by_code(service))["OPS-040201"])
    first = ok(await service.send(CONTENT, by=gmina))
    await service.add_unit("040202", code="OPS-NOWY")
    await service.set_target("7.1-1", "original", "40")
    await redefine(service, redefined=False, name="Liczba osób")
    await change_form(service, 1, title="Sprawozdanie półroczne")
    if late:
        days = {"opens_on": "2007-01-01", "due_on": "2011-07-10"}
        path = "/v1/forms/SP7/periods/2011-H1"
        ok(await service.officer.put(path, json=days, headers={"If-Match": FIRST}))
    before = service.row_counts()
    again = await service.send(CONTENT, if_match=FIRST, by=gmina)

    assert (again.status_code, again.json()) == (200, first)
    assert service.row_counts() == before
