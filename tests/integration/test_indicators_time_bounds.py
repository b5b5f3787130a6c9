"""First and last days: of a span, of a definition's validity, of the neighbouring periods of a form."""

from __future__ import annotations

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, definition

WITH_PERIOD = "indicator;period;value"


async def redefine(service: IndicatorsService, code: str, valid_from: str) -> None:
    body = definition(redefined=True, valid_from=valid_from)
    ok(await service.officer.put(f"/v1/indicators/{code}", json=body, headers={"If-Match": '"v1"'}))


@pytest.mark.parametrize("row", ["2010-H1", "2011-H2"])
async def test_a_row_before_or_after_the_span_of_its_return_is_refused(service: IndicatorsService, row: str) -> None:
    content = csv("7.1-1;2010-H2;1", f"7.1-1;{row};1", header=WITH_PERIOD)

    answer = await service.send(content, period="2010-H2..2011-H1")

    assert_problem(answer, 422, "period_outside_return")
    assert answer.json()["errors"][0]["row"] == 3


async def test_the_first_and_last_period_of_a_span_are_accepted(service: IndicatorsService) -> None:
    content = csv("7.1-1;2010-H2;1", "7.1-1;2011-H1;2", header=WITH_PERIOD)

    answer = await service.send(content, period="2010-H2..2011-H1")

    assert (answer.status_code, answer.json()["accepted"]) == (201, 2)


@pytest.mark.parametrize(
    ("valid_from", "achieved"), [("2011-06-29", "7.000000"), ("2011-06-30", "7.000000"), ("2011-07-01", None)]
)
async def test_a_definition_applies_to_a_period_that_ends_on_its_first_day(
    service: IndicatorsService, valid_from: str, achieved: str | None
) -> None:
    await redefine(service, "7.1-1", valid_from)

    ok(await service.send(csv("7.1-1;;7")))

    assert (await service.row("7.1-1", as_of="2011-07-01"))["achieved"] == achieved


async def test_a_period_before_the_first_definition_uses_that_definition(service: IndicatorsService) -> None:
    await service.add_indicator("8.1", valid_from="2011-01-01")
    await service.add_form(["8.1"], code="F8")
    await service.open_periods("2010-H2", form="F8")
    await redefine(service, "8.1", "2012-01-01")

    ok(await service.send(csv("8.1;;5"), form="F8", period="2010-H2"))

    assert (await service.row("8.1", as_of="2011-01-01"))["achieved"] == "5.000000"


async def test_a_target_before_the_first_definition_belongs_to_its_series(service: IndicatorsService) -> None:
    await redefine(service, "7.1-1", "2012-01-01")

    await service.set_target("7.1-1", "original", "40", effective_on="2006-12-31")

    row = await service.row("7.1-1", as_of="2007-01-01")

    assert row["original_target"]["effective_on"] == "2006-12-31"


@pytest.mark.parametrize("neighbour", ["2010-H2", "2011-H2"])
@pytest.mark.parametrize(
    "days",
    [
        {"due_on": "2012-01-01", "closes_on": "2012-01-02"},
        {"opens_on": "2098-01-01"},
        {"due_on": "2012-01-01"},
    ],
    ids=["closed", "not yet open", "past its due day"],
)
async def test_the_calendar_of_a_neighbouring_period_does_not_matter(
    service: IndicatorsService, neighbour: str, days: dict[str, str]
) -> None:
    body = {"opens_on": "2007-01-01", "due_on": "2099-01-01"} | days
    path = f"/v1/forms/SP7/periods/{neighbour}"
    ok(await service.officer.put(path, json=body, headers={"If-Match": '"v1"'}))

    answer = await service.send(csv("7.1-1;;7", "7.1-2;;7", "7.1-3;;7"))

    assert (answer.status_code, answer.json()["outcome"]) == (201, "accepted")


@pytest.mark.parametrize("late", ["2010-H2", "2011-H1"])
async def test_a_span_with_one_late_period_is_late(service: IndicatorsService, late: str) -> None:
    body = {"opens_on": "2007-01-01", "due_on": "2012-01-01"}
    ok(await service.officer.put(f"/v1/forms/SP7/periods/{late}", json=body, headers={"If-Match": '"v1"'}))
    content = csv("7.1-1;2010-H2;1", "7.1-1;2011-H1;2", header=WITH_PERIOD)

    answer = await service.send(content, period="2010-H2..2011-H1")

    assert (answer.status_code, answer.json()["outcome"]) == (201, "accepted_with_warnings")
    listed = ok(await service.officer.get(answer.json()["links"]["findings"]))["items"]
    assert "return_late" in {one["code"] for one in listed}
