"""Units that owe a return and units that gave it: in the report and in officers' lists, for any day and moment."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.regions.sample_region import GMINY, units_by_code
from tests.support.services.indicators_service import IndicatorsService, csv, form_body, sheet

JUNE, DECEMBER = {"as_of": "2011-06-30"}, {"as_of": "2011-12-31"}
REGION = {"territory": "PL"}
CODES = ["7.1-1", "7.1-2", "7.1-3"]
PERIOD = "/v1/forms/SP7/periods/2011-H2"


async def send_all(service: IndicatorsService, period: str, units: tuple[str, ...] = GMINY) -> None:
    """One value of each indicator for each unit, in a collective return."""
    rows = [f"OPS-{unit};{code};;10" for unit in units for code in CODES]
    ok(await service.send(sheet(*rows), unit="ROPS-04", period=period))


async def send_one(service: IndicatorsService, period: str, unit: str = "040201") -> None:
    ok(await service.send(csv(*(f"{code};;1" for code in CODES)), unit=f"OPS-{unit}", period=period))


async def counts(service: IndicatorsService, code: str = "7.1-1", **query: str) -> tuple[Any, ...]:
    """Owing, given, given for the newest period, complete."""
    row = await service.row(code, **(REGION | query))
    return row["owing"], row["given"], row["given_for_period"], row["complete"]


async def change_unit(service: IndicatorsService, code: str, **days: str) -> None:
    unit = (await units_by_code(service))[code]
    path = f"/v1/reporting-units/{unit['id']}"
    body = {"name": unit["name"], **days}
    ok(await service.officer.put(path, json=body, headers={"If-Match": f'"v{unit["version"]}"'}))


async def put_list(service: IndicatorsService, *units: str, period: str = PERIOD, **headers: str) -> httpx.Response:
    return await service.officer.put(f"{period}/owing-list", json={"units": list(units)}, headers=headers)


async def owe_by_list(service: IndicatorsService) -> None:
    body = form_body(CODES, owed_by="list")
    ok(await service.officer.put("/v1/forms/SP7", json=body, headers={"If-Match": '"v1"'}))


def moment(service: IndicatorsService) -> str:
    (now,) = service.query("select clock_timestamp()")[0]
    return now.isoformat()


@pytest.fixture
async def one_of_all(service: IndicatorsService) -> IndicatorsService:
    """All six units sent the periods up to 2011-H1, one of them 2011-H2, too."""
    for period in ("2010-H1", "2010-H2", "2011-H1"):
        await send_all(service, period)
    await send_one(service, "2011-H2")
    return service


@pytest.mark.parametrize("code", CODES)
async def test_one_unit_of_all_in_newest_period_is_not_complete(one_of_all: IndicatorsService, code: str) -> None:
    assert await counts(one_of_all, code, **JUNE) == (6, 6, 6, True)
    assert await counts(one_of_all, code, **DECEMBER) == (6, 6, 1, False)


async def test_source_note_names_each_period_with_its_units(one_of_all: IndicatorsService) -> None:
    (note,) = (await one_of_all.report(**REGION, **DECEMBER))["sources"]

    assert note["text"] == (
        "Dane na podstawie Sprawozdania za II półrocze 2011 r. (1 jednostka), I półrocze 2011 r. (5 jednostek)"
    )
    assert note["periods"] == [{"period": "2011-H2", "units": 1}, {"period": "2011-H1", "units": 5}]
    (whole,) = (await one_of_all.report(**REGION, **JUNE))["sources"]
    assert whole["text"] == "Dane na podstawie Sprawozdania za I półrocze 2011 r. (6 jednostek)"


@pytest.mark.parametrize(
    ("territory", "expected"),
    [("04", (5, 5, 1, False)), ("0402", (3, 3, 1, False)), ("040201", (1, 1, 1, True)), ("22", (1, 1, 0, False))],
)
async def test_counts_are_those_of_the_territory(
    one_of_all: IndicatorsService, territory: str, expected: tuple[Any, ...]
) -> None:
    assert await counts(one_of_all, territory=territory, **DECEMBER) == expected


async def test_sum_with_a_gap_in_an_earlier_period_is_incomplete(service: IndicatorsService) -> None:
    await send_all(service, "2010-H1", GMINY[1:])
    for period in ("2010-H2", "2011-H1"):
        await send_all(service, period)

    assert [await counts(service, code, **JUNE) for code in CODES] == [
        (6, 6, 6, False), (6, 6, 6, True), (6, 6, 6, False),
    ]  # fmt: skip


async def test_unit_without_the_indicator_in_its_return_did_not_give_it(service: IndicatorsService) -> None:
    await send_all(service, "2010-H1")
    ok(await service.send(csv("7.1-1;;1"), period="2010-H2"))

    given = [(await service.row(code, **REGION, as_of="2010-12-31"))["given_for_period"] for code in CODES]
    assert given == [1, 0, 0]


async def test_declared_gap_is_not_a_value_given(service: IndicatorsService) -> None:
    await send_all(service, "2010-H1", GMINY[1:])
    ok(await service.send(csv("7.1-1;;n/d", "7.1-2;;1", "7.1-3;;1"), period="2010-H1"))
    row = await service.row("7.1-1", **REGION, as_of="2010-06-30")

    assert (row["owing"], row["given"], row["given_for_period"]) == (6, 6, 5)
    assert (row["missing"], row["complete"]) == (1, False)


async def test_part_is_given_by_units_that_gave_the_whole(service: IndicatorsService) -> None:
    await send_all(service, "2010-H1", GMINY[1:])
    rows = csv("7.1-1;;5", "7.1-1;rural;2", "7.1-2;;1", "7.1-3;;1")
    ok(await service.send(rows, period="2010-H1"))
    row = await service.row("7.1-1", "rural", **REGION, as_of="2010-06-30")

    assert (row["owing"], row["given"], row["given_for_period"], row["complete"]) == (6, 6, 6, True)


async def test_unit_closed_before_or_opened_after_a_period_does_not_owe_it(one_of_all: IndicatorsService) -> None:
    await change_unit(one_of_all, "OPS-040202", active_to="2011-06-30")
    await change_unit(one_of_all, "OPS-040203", active_from="2012-01-01")
    await change_unit(one_of_all, "OPS-040802", active_to="2011-07-01")

    assert await counts(one_of_all, **DECEMBER) == (4, 6, 1, False)
    assert await counts(one_of_all, as_of="2012-06-30") == (4, 6, 0, False)


async def test_unit_that_gave_and_does_not_owe_is_not_counted_twice(one_of_all: IndicatorsService) -> None:
    before = moment(one_of_all)
    await change_unit(one_of_all, "OPS-040201", active_to="2011-06-30")

    assert await counts(one_of_all, **DECEMBER) == (5, 6, 0, False)
    assert await counts(one_of_all, **DECEMBER, known_at=moment(one_of_all)) == (5, 6, 0, False)
    assert await counts(one_of_all, **DECEMBER, known_at=before) == (6, 6, 1, False)
    await change_unit(one_of_all, "OPS-040201")
    assert await counts(one_of_all, **DECEMBER) == (6, 6, 1, False)


async def test_form_without_its_list_has_an_unknown_number_of_owing_units(one_of_all: IndicatorsService) -> None:
    await owe_by_list(one_of_all)

    assert await counts(one_of_all, **JUNE) == (None, 6, 0, False)


async def test_list_decides_who_owes_and_its_former_version_stays(one_of_all: IndicatorsService) -> None:
    await owe_by_list(one_of_all)
    ok(await put_list(one_of_all, "OPS-040201", "OPS-040202"))
    two = await counts(one_of_all, "7.1-2", **DECEMBER)
    before = moment(one_of_all)
    ok(await put_list(one_of_all, "OPS-040201", **{"If-Match": '"v1"'}))

    assert two == (2, 6, 1, False)
    assert await counts(one_of_all, "7.1-2", **DECEMBER) == (1, 6, 1, True)
    assert await counts(one_of_all, "7.1-2", **DECEMBER, known_at=before) == two
    past = ok(await one_of_all.officer.get(f"{PERIOD}/owing-list", params={"known_at": before}))
    assert (past["version"], past["units"]) == (1, ["OPS-040201", "OPS-040202"])


async def test_return_of_a_unit_outside_the_list_is_not_given(service: IndicatorsService) -> None:
    await owe_by_list(service)
    for half in ("2010-H1", "2010-H2", "2011-H1"):
        ok(await put_list(service, period=f"/v1/forms/SP7/periods/{half}"))
    ok(await put_list(service, "OPS-040202"))
    await send_one(service, "2011-H2")

    assert await counts(service, **DECEMBER) == (1, 1, 0, False)
    await send_one(service, "2011-H2", "040202")
    assert await counts(service, **DECEMBER) == (1, 2, 1, True)


async def test_empty_list_says_that_no_unit_owes(service: IndicatorsService) -> None:
    await owe_by_list(service)
    ok(await put_list(service))

    assert await counts(service, "7.1-2", **DECEMBER) == (0, 0, 0, True)


@pytest.mark.parametrize(
    ("units", "code"),
    [
        (["OPS-040201", "OPS-999999"], "listed_unit_unknown"),
        (["OPS-040202", "ROPS-04"], "listed_unit_of_other_kind"),
        (["OPS-040201", "OPS-040201"], "unit_repeated"),
        (["OPS-040201", "OPS-040203"], "listed_unit_not_active"),
    ],
)
async def test_list_with_a_wrong_unit_is_refused(service: IndicatorsService, units: list[str], code: str) -> None:
    await change_unit(service, "OPS-040203", active_to="2011-06-30")

    answer = await put_list(service, *units)

    assert_problem(answer, 422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/units/1"]


async def test_list_of_a_period_that_was_not_opened_is_not_found(service: IndicatorsService) -> None:
    closed = "/v1/forms/SP7/periods/2014-H1"

    assert_problem(await put_list(service, period=closed), 404, "form_period_unknown")
    assert_problem(await service.officer.get(f"{PERIOD}/owing-list"), 404, "owing_list_unknown")
    assert_problem(await put_list(service, **{"If-Match": '"v1"'}), 412, "if_match_stale")


async def test_equal_list_changes_nothing(service: IndicatorsService) -> None:
    first = await put_list(service, "OPS-040201", "OPS-040202")
    again = await put_list(service, "OPS-040202", "OPS-040201", **{"If-Match": '"v1"'})

    assert (first.status_code, again.status_code) == (201, 200)
    assert ok(again) == ok(first)
    events = ok(await service.officer.get("/v1/events", params={"after": 0, "limit": 500}))["events"]
    (event,) = [one for one in events if one["type"].endswith("owing-list.replaced")]
    assert event["data"]["units"] == 2


async def test_owing_units_are_listed_with_what_they_gave(one_of_all: IndicatorsService) -> None:
    async def read_page(by: httpx.AsyncClient, **query: str) -> dict[str, bool]:
        found: dict[str, bool] = {}
        address: str | None = str(httpx.URL(f"{PERIOD}/owing-units", params={"limit": "4", **query}))
        while address:
            answer = await by.get(address)
            found |= {one["unit"]: one["given"] for one in ok(answer)["items"]}
            address = answer.links.get("next", {}).get("url")
        return found

    before = moment(one_of_all)
    everybody = await read_page(one_of_all.officer)
    assert everybody == {f"OPS-{code}": code == "040201" for code in sorted(GMINY)}
    own = one_of_all.gmina((await units_by_code(one_of_all))["OPS-040202"])
    assert await read_page(own) == {"OPS-040202": False}
    await send_one(one_of_all, "2011-H2", "040202")
    assert await read_page(own) == {"OPS-040202": True}
    assert await read_page(one_of_all.officer, known_at=before) == everybody
    await change_unit(one_of_all, "OPS-040203", active_from="2011-09-01")
    assert "OPS-040203" not in await read_page(one_of_all.officer, as_of="2011-08-31")
    assert "OPS-040203" in await read_page(one_of_all.officer, as_of="2011-09-01")


async def test_lists_and_returns_at_once_leave_the_counts_of_the_facts(service: IndicatorsService) -> None:
    await owe_by_list(service)
    ends = {"2010-H1": "2010-06-30", "2010-H2": "2010-12-31", "2011-H1": "2011-06-30", "2011-H2": "2011-12-31"}
    for number, (period, as_of) in enumerate(ends.items()):
        units = [f"OPS-{code}" for code in GMINY[number:]]
        listed = put_list(service, *units, period=f"/v1/forms/SP7/periods/{period}")
        await asyncio.gather(*(send_one(service, period, code) for code in GMINY), listed)
        places = [(code, {"territory": place, "as_of": as_of}) for code in CODES for place in ("PL", "0402")]
        now = [await counts(service, code, **query) for code, query in places]
        known_at = moment(service)
        assert now == [await counts(service, code, **query, known_at=known_at) for code, query in places]
        assert now[0][0] == len(units)
