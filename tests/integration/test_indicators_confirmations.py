"""Returns that are incomplete, of closed units, or with values that need a confirmation; and impossible days."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, codes, ok, tokens_of
from tests.support.services.indicators_service import FORM, IndicatorsService, csv, definition, form_body, sheet

WHOLE = ("7.1-1;;24", "7.1-2;;11", "7.1-3;;7")
"""A row for each indicator of the form."""
OTHER_TOKEN = "bcdfghjkmnpq"


def findings(answer: httpx.Response) -> list[tuple[str, str, str]]:
    """Severity, code and expectation of the findings of a dry run."""
    return [(one["severity"], one["code"], one["params"].get("expected", "")) for one in ok(answer)["first_findings"]]


async def test_absent_indicators_are_named_and_count_as_missing(service: IndicatorsService) -> None:
    answer = await service.send(csv(WHOLE[0]))
    receipt = ok(answer)

    assert (receipt["outcome"], receipt["accepted"], receipt["missing"]) == ("accepted_with_warnings", 1, 2)
    listed = ok(await service.officer.get(receipt["links"]["findings"]))["items"]
    assert [(one["severity"], one["code"], one["params"]["expected"]) for one in listed] == [
        ("warning", "indicator_absent", "7.1-2"), ("warning", "indicator_absent", "7.1-3"),
    ]  # fmt: skip


async def test_complete_return_lacks_nothing(service: IndicatorsService) -> None:
    receipt = ok(await service.send(csv(*WHOLE)))

    assert (receipt["outcome"], receipt["missing"], receipt["findings"]) == ("accepted", 0, 0)


async def test_declared_gaps_and_absent_indicators_add_up(service: IndicatorsService) -> None:
    tried = ok(await service.send(csv("7.1-1;;n/d", "7.1-2;;11"), dry_run="true"))

    assert (tried["missing"], tried["findings"]) == (2, 1)


async def test_part_alone_is_not_its_indicator(service: IndicatorsService) -> None:
    found = findings(await service.send(csv("7.1-1;rural;3", *WHOLE[1:]), dry_run="true"))

    assert found == [("warning", "indicator_absent", "7.1-1")]


async def test_collective_return_counts_the_units_without_an_indicator(service: IndicatorsService) -> None:
    rows = [f"{unit};{row}" for unit in ("OPS-040201", "OPS-040202") for row in WHOLE]
    tried = ok(await service.send(sheet(*rows[:-2]), dry_run="true"))

    assert tried["missing"] == 2
    assert [(one["params"]["expected"], one["params"]["seen"]) for one in tried["first_findings"]] == [
        ("7.1-2", "1"), ("7.1-3", "1"),
    ]  # fmt: skip


async def test_form_that_must_be_complete_rejects_an_incomplete_return(service: IndicatorsService) -> None:
    form = ok(await service.officer.get(f"/v1/forms/{FORM}"))
    body = form_body(form["indicators"], complete=True)
    ok(await service.officer.put(f"/v1/forms/{FORM}", json=body, headers={"If-Match": '"v1"'}))
    rejected = await service.send(csv(WHOLE[0]))

    assert_problem(rejected, 422, "submission_rejected")
    assert codes(rejected) == ["indicator_absent"] * 2
    assert ok(await service.send(csv("7.1-1;;n/d", *WHOLE[1:])))["missing"] == 1


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"active_to": "2010-12-31"}, "unit_closed"), ({"active_from": "2011-07-01"}, "unit_not_there_yet"),
        ({"active_to": "2011-01-01"}, None), ({"active_from": "2011-06-30"}, None), ({"active_to": "2011-06-30"}, None),
    ],
)  # fmt: skip
async def test_unit_reports_only_periods_in_which_it_was_active(
    service: IndicatorsService, days: dict[str, str], code: str | None
) -> None:
    (unit,) = ok(await service.officer.get("/v1/reporting-units?code=OPS-040201"))["items"]
    state = {"name": unit["name"], **days}
    ok(await service.officer.put(f"/v1/reporting-units/{unit['id']}", json=state, headers={"If-Match": '"v1"'}))
    answer = await service.send(csv(*WHOLE))

    if code is None:
        assert ok(answer)["outcome"] == "accepted"
    else:
        assert_problem(answer, 422, "submission_rejected")
        assert codes(answer) == [code] * 3
        assert next(iter(days.values())) in answer.json()["errors"][0]["message"]


@pytest.fixture
async def reported(service: IndicatorsService) -> IndicatorsService:
    """The sample region with a return of the half-year before."""
    ok(await service.send(csv(*WHOLE), period="2010-H2"))
    return service


async def test_value_a_thousand_times_the_last_one_is_stored_only_when_confirmed(reported: IndicatorsService) -> None:
    content = csv("7.1-1;;24000", *WHOLE[1:])
    before = reported.row_counts()
    refused = await reported.send(content)
    (token,) = tokens_of(refused)
    (error,) = refused.json()["errors"]

    assert reported.row_counts() == before
    assert (error["row"], error["column"], error["code"]) == (2, "value", "value_far_above_former")
    assert (error["params"]["seen"], error["params"]["expected"]) == ("24000", "24")
    tried = ok(await reported.send(content, dry_run="true"))
    assert (tried["outcome"], tried["first_findings"][0]["token"]) == ("unconfirmed", token)
    assert ok(await reported.send(content, dry_run="true", confirm=token))["outcome"] == "accepted_with_warnings"
    assert reported.row_counts() == before
    receipt = ok(await reported.send(content, confirm=token))
    assert [(one["token"], one["value"], one["pointer"]) for one in receipt["confirmed"]] == [
        (token, "24000", "/rows/2/value")
    ]
    assert ok(await reported.officer.get(receipt["links"]["self"]))["confirmed"] == receipt["confirmed"]
    (audit,) = ok(await reported.officer.get("/v1/confirmations/indicators"))["items"]
    assert (audit["client"], audit["subject"], audit["confirmed"]) == (
        "officer", f"submissions/{receipt['id']}", receipt["confirmed"],
    )  # fmt: skip
    # The same file again is the same return.
    again = await reported.send(content, confirm=token)
    assert (again.status_code, again.json()["id"]) == (200, receipt["id"])


@pytest.mark.parametrize(
    ("value", "likely"), [("2399", True), ("2400", False), ("24000", False), ("0", True), ("24,5", True)]
)
async def test_value_is_unlikely_from_a_factor_of_a_hundred(
    reported: IndicatorsService, value: str, likely: bool
) -> None:
    tried = ok(await reported.send(csv(f"7.1-1;;{value}", *WHOLE[1:]), dry_run="true"))

    assert (tried["outcome"] != "unconfirmed") is likely


async def test_token_of_another_return_confirms_nothing(reported: IndicatorsService) -> None:
    content = csv("7.1-1;;24000", *WHOLE[1:])
    (token,) = tokens_of(await reported.send(content))
    before = reported.row_counts()

    assert token not in tokens_of(await reported.send(csv("7.1-1;;24001", *WHOLE[1:]), confirm=token))
    assert tokens_of(await reported.send(content, period="2011-H2", confirm=token)) != [token]
    assert_problem(await reported.send(csv(*WHOLE), confirm=token), 422, "confirmation_unknown")
    assert_problem(await reported.send(content, confirm=f"{token},{OTHER_TOKEN}"), 422, "confirmation_unknown")
    assert_problem(await reported.send(content, confirm=f"{token},{token}"), 422, "confirmation_repeated")
    assert reported.row_counts() == before


async def test_rejected_return_needs_no_token(reported: IndicatorsService) -> None:
    rejected = await reported.send(csv("7.1-1;;24000", "7.1-2;;x1", WHOLE[2]), confirm=OTHER_TOKEN)

    assert_problem(rejected, 422, "submission_rejected")
    assert "value_far_above_former" in codes(rejected)


async def test_return_for_a_period_that_has_not_ended_needs_a_confirmation(service: IndicatorsService) -> None:
    await service.open_periods("2030-H1")
    (token,) = tokens_of(await service.send(csv(*WHOLE), period="2030-H1"))

    assert ok(await service.send(csv(*WHOLE), period="2030-H1", confirm=token))["version"] == 1


@pytest.mark.parametrize("day", ["0011-01-01", "1899-12-30", "2111-01-01"])
async def test_impossible_days_are_refused(service: IndicatorsService, day: str) -> None:
    post, put = service.officer.post, service.officer.put
    unit: dict[str, Any] = {"kind": "PCPR", "territory": "0402", "name": "PCPR"}
    answers = {
        "/active_from": await post("/v1/reporting-units", json=unit | {"active_from": day}),
        "/active_to": await post("/v1/reporting-units", json=unit | {"active_to": day}),
        "/valid_from": await post("/v1/indicators", json=definition(code="9.1-1", measure="9.1", valid_from=day)),
        "/effective_on": await post(
            "/v1/indicators/7.1-1/targets", json={"status": "original", "value": "1", "effective_on": day}
        ),
        "/due_on": await put(
            f"/v1/forms/{FORM}/periods/2012-H1", json={"opens_on": day, "due_on": day, "closes_on": None}
        ),
    }

    for pointer, answer in answers.items():
        assert answer.status_code == 422, pointer
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}


@pytest.mark.parametrize("period", ["1950-H1", "2150-H1"])
async def test_period_of_another_century_cannot_be_opened(service: IndicatorsService, period: str) -> None:
    days = {"opens_on": "2011-01-01", "due_on": "2011-12-31"}
    refused = await service.officer.put(f"/v1/forms/{FORM}/periods/{period}", json=days)

    assert_problem(refused, 422, codes(refused)[0], at="/path/period")


async def test_unit_that_closes_before_it_opens_is_refused(service: IndicatorsService) -> None:
    unit = {"kind": "PCPR", "territory": "0402", "name": "PCPR", "active_from": "2011-01-01", "active_to": "2010-01-01"}
    refused = await service.officer.post("/v1/reporting-units", json=unit)

    assert_problem(refused, 422, "unit_closes_before_it_opens", at="/active_to")
