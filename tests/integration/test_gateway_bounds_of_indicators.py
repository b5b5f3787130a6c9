"""Bounds of the report of indicators for the list of dashboards: days with figures, voivodeships, measures."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, sheet

BOUNDS = "/v1/reports/indicators/bounds"


async def bounds(service: IndicatorsService) -> dict[str, Any]:
    found = ok(await service.officer.get(BOUNDS))
    assert found.pop("position") == service.query("select position from head")[0][0]
    return found


async def test_nothing_is_known_before_the_first_return(service: IndicatorsService) -> None:
    empty = await bounds(service)

    assert empty["measures"] == [{"code": "7.1", "name": None}]
    assert {name: empty[name] for name in ("first_on", "last_on", "offices", "years")} == {
        "first_on": None,
        "last_on": None,
        "offices": [],
        "years": [],
    }


async def test_days_and_voivodeships_with_figures(service: IndicatorsService) -> None:
    rows = ("OPS-040201;7.1-1;;10", "OPS-221208;7.1-1;;400")
    ok(await service.send(sheet(*rows), unit="ROPS-04", period="2010-H2"))
    ok(await service.send(csv("7.1-1;;5", "7.1-2;;7")))

    assert await bounds(service) == {
        "first_on": "2010-12-31",
        "last_on": "2011-06-30",
        "offices": [{"code": "04", "name": "województwo 04"}, {"code": "22", "name": "województwo 22"}],
        "measures": [{"code": "7.1", "name": None}],
        "years": [2010, 2011],
    }


async def test_a_gap_is_no_figure(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;n/d"), period="2010-H1"))
    ok(await service.send(csv("7.1-1;;5")))
    ok(await service.send(csv("7.1-1;;n/d"), period="2011-H2"))
    found = await bounds(service)

    assert (found["first_on"], found["last_on"]) == ("2011-06-30", "2011-06-30")


@pytest.mark.parametrize("measure", ["7", "7.1"])
async def test_a_measure_brings_what_is_below_it(service: IndicatorsService, measure: str) -> None:
    assert {row["measure"] for row in (await service.report(measure=measure))["rows"]} == {"7.1"}


@pytest.mark.parametrize("measure", ["%", "7%", "7._"])
async def test_a_measure_is_taken_by_its_letters(service: IndicatorsService, measure: str) -> None:
    answer = await service.officer.get("/v1/reports/indicators", params={"measure": measure})
    assert_problem(answer, 422, "report_measure_unknown")
