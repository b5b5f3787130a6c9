"""Coverage: a unit's period is counted once per form, whichever returns report it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, form_body, sheet

JUNE = {"as_of": "2011-06-30"}


async def allow_partial_returns(service: IndicatorsService) -> None:
    changed = form_body(["7.1-1", "7.1-2", "7.1-3"], partial=True)
    ok(await service.officer.put("/v1/forms/SP7", json=changed, headers={"If-Match": '"v1"'}))


async def test_two_forms_of_one_unit_and_period_are_both_accepted(service: IndicatorsService) -> None:
    await service.add_indicator("8.1")
    await service.add_form(["8.1"], code="F8")
    await service.open_periods("2011-H1", form="F8")

    first = await service.send(csv("7.1-1;;10"))
    second = await service.send(csv("8.1;;3"), form="F8")

    assert (first.status_code, second.status_code) == (201, 201)
    achieved = [(await service.row(code, **JUNE))["achieved"] for code in ("7.1-1", "8.1")]
    assert achieved == ["10.000000", "3.000000"]


async def test_a_correction_of_one_form_leaves_the_other_form_covered(service: IndicatorsService) -> None:
    await service.add_indicator("8.1")
    await service.add_form(["8.1"], code="F8")
    await service.open_periods("2011-H1", form="F8")
    ok(await service.send(csv("8.1;;3"), form="F8"))
    ok(await service.send(sheet("OPS-040201;7.1-1;;1", "OPS-040202;7.1-1;;2"), unit="ROPS-04"))

    ok(await service.send(sheet("OPS-040202;7.1-1;;2"), unit="ROPS-04", if_match='"v1"'))

    again = await service.send(sheet("OPS-040201;8.1;;4"), unit="ROPS-04", form="F8")

    assert_problem(again, 422, "reported_elsewhere")


async def test_a_partial_form_rejects_a_return_with_a_unit_covered_elsewhere(service: IndicatorsService) -> None:
    await allow_partial_returns(service)
    ok(await service.send(csv("7.1-1;;10")))

    answer = await service.send(sheet("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20"), unit="ROPS-04")

    assert_problem(answer, 422, "submission_rejected")
    assert_problem(answer, 422, "reported_elsewhere")
    assert (await service.row("7.1-1", **JUNE))["achieved"] == "10.000000"


async def test_partial_form_stores_neither_of_two_rows_that_contradict(service: IndicatorsService) -> None:
    await allow_partial_returns(service)

    receipt = ok(await service.send(csv("7.1-1;;10", "7.1-2;;4", "7.1-1;;12", "7.1-2;;4,0")))

    assert (receipt["outcome"], receipt["accepted"]) == ("partially_accepted", 1)
    findings = ok(await service.officer.get(f"/v1/submissions/{receipt['id']}/findings"))["items"]
    assert [(one["row"], one["code"]) for one in findings] == [
        (None, "indicator_absent"), (2, "row_repeated"), (4, "row_repeated"), (5, "row_repeated"),
    ]  # fmt: skip
    assert [(await service.row(code, **JUNE))["achieved"] for code in ("7.1-1", "7.1-2")] == [None, "4.000000"]


async def test_coverage_claimed_after_validation_is_a_transient_conflict(
    service: IndicatorsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_seen_yet(*_: Any) -> list[tuple[str, str, int]]:
        return []

    ok(await service.send(csv("7.1-1;;10")))
    before = service.row_counts()
    monkeypatch.setattr("miernik_indicators.submissions.queries.coverage.find_conflicts", none_seen_yet)

    answer = await service.send(sheet("OPS-040201;7.1-1;;99"), unit="ROPS-04")

    assert_problem(answer, 409, "coverage_raced")
    assert answer.headers["retry-after"] == "1"
    assert service.row_counts() == before


async def test_a_correction_names_the_voivodeship_that_it_leaves_out(service: IndicatorsService) -> None:
    both = sheet("OPS-040201;7.1-1;;10", "OPS-221208;7.1-1;;400")
    ok(await service.send(both, unit="ROPS-04"))

    corrected = await service.send(sheet("OPS-040201;7.1-1;;10"), unit="ROPS-04", if_match='"v1"')

    families = "observations:04,observations:22,submissions"
    assert (corrected.status_code, corrected.headers["miernik-families"]) == (201, families)
    (listed,) = service.query("select event -> 'families' from change order by position desc limit 1")[0]
    assert listed == families.split(",")


async def test_a_rejected_return_names_no_observations(service: IndicatorsService) -> None:
    answer = await service.send(csv("7.1-1;;10%"))

    assert (answer.status_code, answer.headers["miernik-families"]) == (422, "submissions")


async def test_a_replaced_collective_return_is_not_current_for_a_covered_unit(service: IndicatorsService) -> None:
    first = await service.send(sheet("OPS-040202;7.1-1;;20", "OPS-040203;7.1-1;;30"), unit="ROPS-04")
    second = await service.send(
        sheet("OPS-040202;7.1-1;;21", "OPS-040203;7.1-1;;30"), unit="ROPS-04", if_match=first.headers["ETag"]
    )
    (unit_id,) = service.query("select id::text from reporting_unit where code = 'OPS-040203'")[0]
    covered = service.caller("gmina", region=False, units=[unit_id])

    seen = [ok(await covered.get(one.headers["location"]))["is_current"] for one in (first, second)]

    assert seen == [False, True]


async def test_the_same_file_of_two_units_is_stored_for_each(service: IndicatorsService) -> None:
    content = csv("7.1-1;;10")
    receipts = [ok(await service.send(content, unit=unit)) for unit in ("OPS-040201", "OPS-040202")]

    files = [await service.officer.get(receipt["links"]["file"]) for receipt in receipts]

    assert [(file.status_code, file.text) for file in files] == [(200, content)] * 2


async def test_submissions_are_filtered_by_unit_form_and_period(service: IndicatorsService) -> None:
    await service.add_indicator("8.1")
    await service.add_form(["8.1"], code="F8")
    await service.open_periods("2011-H1", form="F8")
    ok(await service.send(csv("7.1-1;;1")))
    ok(await service.send(csv("7.1-1;;2"), period="2011-H2"))
    ok(await service.send(csv("7.1-1;;3"), unit="OPS-040202"))
    ok(await service.send(csv("8.1;;4"), form="F8"))

    async def listed(**query: str) -> int:
        return len(ok(await service.officer.get("/v1/submissions", params=query))["items"])

    assert [await listed(unit="OPS-040202"), await listed(form="F8"), await listed(period="2011-H2")] == [1, 1, 1]
    assert await listed(unit="OPS-040201", form="SP7", period="2011-H1") == 1


@pytest.mark.parametrize(("limit", "status"), [(2, 413), (3, 201)])
async def test_a_return_may_have_as_many_rows_as_the_limit(
    service: IndicatorsService, monkeypatch: pytest.MonkeyPatch, limit: int, status: int
) -> None:
    monkeypatch.setattr(service.app.state.service.settings, "submission_limit_rows", limit)

    answer = await service.send(csv("7.1-1;;3", "7.1-2;;3", "7.1-3;;3"))

    assert answer.status_code == status


async def test_a_rejection_lists_a_hundred_findings_and_counts_all(service: IndicatorsService) -> None:
    answer = await service.send(csv(*(f"7.1-9{number:03};;1" for number in range(101))))

    attempt = answer.json()["submission"]
    detail = ok(await service.officer.get(attempt["links"]["self"]))

    assert (len(answer.json()["errors"]), attempt["findings"], len(detail["first_findings"])) == (100, 101, 100)
