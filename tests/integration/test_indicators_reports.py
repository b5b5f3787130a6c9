"""The report: targets and their base, parts, territories, what is missing, and what was known when."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.regions.sample_region import units_by_code
from tests.support.services.indicators_service import IndicatorsService, csv, sheet

JUNE = {"as_of": "2011-06-30"}


async def send_region(service: IndicatorsService) -> None:
    """Four gminy of two powiaty and two voivodeships, in two half-years."""
    rows = ("OPS-040201;7.1-1;;10", "OPS-040202;7.1-1;;20", "OPS-040802;7.1-1;;n/d", "OPS-221208;7.1-1;;400")
    ok(await service.send(sheet(*rows), unit="ROPS-04", period="2010-H2"))
    ok(await service.send(csv("7.1-1;;5", "7.1-1;rural;2", "7.1-2;;7", "7.1-3;;9")))


async def test_the_target_of_the_day_is_shown_and_the_base_is_named(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;5669"), period="2010-H1"))
    await service.set_target("7.1-1", "original", "7500")
    await service.set_target("7.1-1", "proposed", "8000", effective_on="2011-01-01")
    await service.set_target("7.1-1", "approved", "9000", effective_on="2011-06-30")

    async def read_targets(as_of: str) -> tuple[Any, ...]:
        row = await service.row("7.1-1", as_of=as_of)
        revised = row["revised_target"] and row["revised_target"]["value"]
        return row["original_target"]["value"], revised, row["percentage"], row["percentage_base"]

    assert await read_targets("2010-12-31") == ("7500.000000", None, "75.59", "original")
    assert await read_targets("2011-01-01") == ("7500.000000", "8000.000000", "70.86", "proposed")
    assert await read_targets("2011-06-30") == ("7500.000000", "9000.000000", "62.99", "approved")


async def test_a_percentage_of_the_original_target_stays_with_it(service: IndicatorsService) -> None:
    await service.add_indicator("7.3-1", percentage_base="original", baseline="3.5")
    await service.add_form(["7.3-1"], code="SP73")
    await service.open_periods("2011-H1", form="SP73")
    ok(await service.send("indicator;value\n7.3-1;3\n", form="SP73"))
    await service.set_target("7.3-1", "original", "8")
    await service.set_target("7.3-1", "approved", "4")
    row = await service.row("7.3-1", **JUNE)

    assert (row["percentage"], row["percentage_base"], row["baseline"]) == ("37.50", "original", "3.500000")


@pytest.mark.parametrize(
    ("target", "percentage"), [("0", None), ("4", "250.00"), ("3", "333.33"), ("30", "33.33"), ("16", "62.50")]
)
async def test_a_percentage_is_exact_over_a_hundred_too_and_of_zero_there_is_none(
    service: IndicatorsService, target: str, percentage: str | None
) -> None:
    ok(await service.send(csv("7.1-1;;10")))
    await service.set_target("7.1-1", "original", target)
    row = await service.row("7.1-1", **JUNE)

    assert (row["percentage"], row["percentage_base"]) == (percentage, "original")


async def test_a_target_shows_its_earmarked_part_and_a_part_has_its_own_target(service: IndicatorsService) -> None:
    await send_region(service)
    more = {"earmarked_value": "2000", "earmarked_label": "wynikające z KRW"}
    await service.set_target("7.1-1", "proposed", "10000", **more)
    await service.set_target("7.1-1", "original", "8", breakdown="rural")
    whole, part = await service.row("7.1-1", **JUNE), await service.row("7.1-1", "rural", **JUNE)

    assert whole["revised_target"]["earmarked_label"] == "wynikające z KRW"
    assert Decimal(whole["revised_target"]["earmarked_value"]) == 2000
    assert (whole["level"], part["level"], part["achieved"], part["percentage"]) == (0, 1, "2.000000", "25.00")


async def test_a_row_without_figures_is_null_and_not_zero(service: IndicatorsService) -> None:
    await service.set_target("7.1-1", "original", "10")
    row = await service.row("7.1-1", **JUNE)

    assert (row["achieved"], row["percentage"], row["reported"], row["missing"]) == (None, None, 0, 0)
    assert (row["complete"], row["last_period_end"]) == (False, None)


@pytest.mark.parametrize(
    ("territory", "achieved", "reported", "missing", "owing"),
    [
        ("PL", "435.000000", 4, 1, 6),
        ("04", "35.000000", 3, 1, 5),
        ("22", "400.000000", 1, 0, 1),
        ("0402", "35.000000", 3, 0, 3),
        ("0408", None, 0, 1, 1),
        ("040201", "15.000000", 2, 0, 1),
        ("0402011", "15.000000", 2, 0, 1),
        ("040802", None, 0, 1, 1),
        ("041902", None, 0, 0, 1),
    ],
)
async def test_a_figure_is_for_any_territory(
    service: IndicatorsService, territory: str, achieved: str | None, reported: int, missing: int, owing: int
) -> None:
    await send_region(service)
    row = await service.row("7.1-1", territory=territory, **JUNE)

    assert (row["achieved"], row["reported"], row["missing"]) == (achieved, reported, missing)
    assert (row["owing"], row["complete"]) == (owing, False)


async def test_the_day_decides_which_periods_count(service: IndicatorsService) -> None:
    await send_region(service)
    found = [(await service.row("7.1-1", as_of=day))["achieved"] for day in ("2010-12-30", "2010-12-31", "2011-06-30")]

    assert found == [None, "30.000000", "35.000000"]


async def test_sources_name_the_periods_of_the_newest_returns(service: IndicatorsService) -> None:
    await send_region(service)
    report = await service.report(**JUNE)

    assert report["sources"] == [
        {
            "measure": "7.1",
            "text": "Dane na podstawie Sprawozdania za I półrocze 2011 r. (1 jednostka), "
            "II półrocze 2010 r. (2 jednostki)",
            "date": "2011-06-30",
            "periods": [{"period": "2011-H1", "units": 1}, {"period": "2010-H2", "units": 2}],
        }
    ]
    assert report["territory"] == {"code": "04", "name": "województwo 04", "level": "voivodeship"}
    assert (await service.report(as_of="2010-06-30"))["sources"] == []


async def test_a_measure_brings_its_sub_measures_along(service: IndicatorsService) -> None:
    for code in ("7.1.1-1", "7.10-1"):
        await service.add_indicator(code)
    rows = (await service.report(measure="7.1"))["rows"]

    assert {row["indicator"] for row in rows} == {"7.1-1", "7.1-2", "7.1-3", "7.1.1-1"}


QUESTIONS: dict[str, dict[str, str]] = {"/v1/reports/indicators": {}, "/v1/observations": {"indicator": "7.1-1"}}
"""Endpoints that return figures, with their required parameters."""


async def test_territory_that_lost_its_zero_is_refused_with_it(shared_service: IndicatorsService) -> None:
    for path, more in QUESTIONS.items():
        answer = await shared_service.officer.get(path, params={"territory": "402011", **more})
        assert_problem(answer, 422, "report_territory_unknown", expected="0402011")
        assert "0402011" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("territory", ["99", "0499", "049901", "0402034", "Brodnica", "402011", "0402012"])
async def test_an_unknown_territory_is_refused(shared_service: IndicatorsService, territory: str) -> None:
    for path, more in QUESTIONS.items():
        answer = await shared_service.officer.get(path, params={"territory": territory, **more})
        assert_problem(answer, 422, "report_territory_unknown")


@pytest.mark.parametrize("territory", ["PL", "04", "0402", "040201"])
@pytest.mark.parametrize("breakdown", [None, "rural"])
async def test_the_proof_of_a_figure_adds_up_to_it_also_after_a_correction(
    service: IndicatorsService, territory: str, breakdown: str | None
) -> None:
    await send_region(service)
    row = await service.row("7.1-1", breakdown, territory=territory, **JUNE)
    assert await behind(service, row["proof"]) == (Decimal(row["achieved"]), row["reported"])
    rows = csv("7.1-1;;60", "7.1-1;rural;10", "7.1-2;;1", "7.1-3;;1")
    ok(await service.send(rows, if_match='"v1"'))
    assert await behind(service, row["proof"]) == (Decimal(row["achieved"]), row["reported"])
    again = await service.row("7.1-1", breakdown, territory=territory, **JUNE)
    assert again["achieved"] != row["achieved"]
    assert await behind(service, again["proof"]) == (Decimal(again["achieved"]), again["reported"])


async def behind(service: IndicatorsService, proof: str) -> tuple[Decimal | int, int]:
    """Sum and number of the values that a link leads to, read page by page."""
    values: list[Decimal] = []
    address: str | None = f"{proof}&limit=2"
    while address:
        page = await service.officer.get(address)
        values += [Decimal(one["value"]) for one in ok(page)["items"] if one["value"] is not None]
        address = page.links.get("next", {}).get("url")
    return sum(values), len(values)


async def test_a_value_names_the_submission_and_row_it_came_from(service: IndicatorsService) -> None:
    await send_region(service)
    page = ok(await service.officer.get("/v1/observations", params={"indicator": "7.1-1", "territory": "040202"}))
    (value,) = page["items"]
    assert (value["unit"], value["period_end"], value["row"]) == ("OPS-040202", "2010-12-31", 3)
    submission = ok(await service.officer.get(f"/v1/submissions/{value['submission_id']}"))
    assert (submission["unit"], submission["period"]) == ("ROPS-04", "2010-H2")


def instant(service: IndicatorsService) -> str:
    (now,) = service.query("select clock_timestamp()")[0]
    return now.isoformat()


@pytest.mark.parametrize("territory", ["PL", "04", "0402", "040201"])
async def test_an_old_report_comes_back_byte_for_byte(service: IndicatorsService, territory: str) -> None:
    await send_region(service)
    await service.set_target("7.1-1", "original", "50")
    query = {"territory": territory, "known_at": instant(service), **JUNE}
    before = await service.officer.get("/v1/reports/indicators", params=query)
    proof_before = await service.officer.get(next(row["proof"] for row in ok(before)["rows"]))
    rows = csv("7.1-1;;6", "7.1-1;rural;1", "7.1-2;;1", "7.1-3;;1")
    ok(await service.send(rows, if_match='"v1"'))
    await service.set_target("7.1-1", "approved", "60")
    ok(await service.officer.put("/v1/forms/SP7", json=await changed_form(service), headers={"If-Match": '"v1"'}))
    now = await service.report(territory=territory, **JUNE)
    after = await service.officer.get("/v1/reports/indicators", params=query)
    proof_after = await service.officer.get(next(row["proof"] for row in ok(after)["rows"]))

    assert after.content == before.content
    assert after.headers["miernik-position"] == before.headers["miernik-position"]
    assert proof_after.content == proof_before.content
    assert now["rows"] != ok(before)["rows"]


async def changed_form(service: IndicatorsService) -> dict[str, Any]:
    form = ok(await service.officer.get("/v1/forms/SP7"))
    return {
        name: value
        for name, value in (form | {"source_note": "Inna nota za {period}"}).items()
        if name not in ("id", "code", "version", "external_ids")
    }


@pytest.mark.parametrize("path", QUESTIONS)
@pytest.mark.parametrize(
    ("known_at", "code"),
    [
        (datetime(2000, 1, 1, tzinfo=UTC).isoformat(), "known_at_before_first_change"),
        ("tomorrow", "known_at_in_the_future"),
        ("2011-06-30T12:00:00", "request_invalid"),
        ("wczoraj", "request_invalid"),
    ],
)
async def test_known_at_outside_the_log_is_refused(
    shared_service: IndicatorsService, path: str, known_at: str, code: str
) -> None:
    # Made here: the names of tests must be the same in every process that runs some of them.
    moment = (datetime.now(UTC) + timedelta(days=1)).isoformat() if known_at == "tomorrow" else known_at
    answer = await shared_service.officer.get(path, params={"known_at": moment, **QUESTIONS[path]})
    assert_problem(answer, 422, code)
    if code == "request_invalid":
        assert_problem(answer, 422, "instant_malformed")


@pytest.mark.parametrize("territory", ["04", "0402", "040201"])
@pytest.mark.parametrize("own", [False, True], ids=["region", "own unit"])
async def test_a_past_report_over_its_time_budget_is_503(
    service: IndicatorsService, territory: str, *, own: bool
) -> None:
    await send_region(service)
    unit = (await units_by_code(service))["OPS-040201"]
    caller = service.gmina(unit) if own else service.officer
    query = {"known_at": instant(service), "territory": territory, **JUNE}

    with pytest.MonkeyPatch.context() as patch, psycopg.connect(service.urls.superuser) as other:
        patch.setattr(service.app.state.service.settings, "past_read_seconds", 0.05)
        other.execute("lock table indicators.observation")
        async with asyncio.timeout(20):
            answer = await caller.get("/v1/reports/indicators", params=query)

    assert_problem(answer, 503, "past_read_too_long")
    assert "0.05 s" in answer.json()["detail"]
    ok(await caller.get("/v1/reports/indicators", params=query))
