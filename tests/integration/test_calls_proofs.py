"""Behind a figure of the reports of calls stand applications that add up to it, today and whatever is written later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.builders.applications import add, assert_proved, behind, imported, reach, submitted
from tests.support.services.calls_service import CallsService, running_calls

from miernik_local.provision import DatabaseUrls

DAY = {"as_of": "2011-06-30"}
EARLY, LATE = {"submitted_on": "2011-02-01"}, {"submitted_on": "2011-07-01"}


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    """Two offices with one tree each, with applications at every kind of place.

    Leaves, a leaf of which nothing is known, applications of an inner node, of a priority and of none; two of which
    some stage comes after the day.
    """
    async with running_calls(database) as running:
        for office in ("04", "32"):
            await running.add_tree(office=office)
            rows = [
                submitted("A", node="7.2.1", submitted_value_pln="1.00"),
                submitted("B", node="7.2.1", submitted_value_pln="2.00"),
                submitted("C", node="7.2.1", submitted_value_pln="4.00", **LATE),
                submitted("D", node="7.2.2", submitted_value_pln="8.00"),
                submitted("E", node="7.2", submitted_value_pln="16.00"),
                submitted("F", node="VII", submitted_value_pln="32.00"),
                submitted("G", submitted_value_pln="64.00"),
                {"number": "H", "node": "7.2.1", "title": "nothing reached"},
            ]
            await imported(running, rows, office=office)
        await positive(running, "A", "2011-06-30")
        await positive(running, "B", "2011-07-01")
        yield running


async def find(service: CallsService, number: str, office: str = "04") -> dict[str, Any]:
    query = {"office": office, "number": number}
    return ok(await service.officer.get("/v1/applications", params=query))["items"][0]


async def positive(service: CallsService, number: str, day: str) -> None:
    ok(await reach(service, await find(service, number), "formally_positive", day, "0.50"))


async def change_everything(service: CallsService) -> None:
    """Values, days, nodes: of each application something that the report shows is another."""
    for office in ("04", "32"):
        rows = [submitted(number, node="7.3", submitted_value_pln="1000.00") for number in "ABCDEFGHI"]
        await imported(service, rows, office=office)


QUERIES: list[dict[str, str]] = [
    {}, {"office": "PL"}, {"measure": "7.2"}, {"measure": "7.2.1"}, {"measure": "VII", "office": "PL"},
    {"as_of": "2011-02-01"}, {"as_of": "2011-01-31"}, {"as_of": "2012-12-31"},
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES, ids=str)
async def test_every_cell_of_every_row_adds_up(service: CallsService, query: dict[str, str]) -> None:
    report = await service.report("pipeline", **{**DAY, **query})
    assert {row["kind"] for row in report["rows"]} >= {"node", "total"}
    for row in report["rows"]:
        await assert_proved(service, row)
    await change_everything(service)
    for row in report["rows"]:
        await assert_proved(service, row)


async def test_the_table_of_a_past_moment_proves_itself_at_that_moment(service: CallsService) -> None:
    ((then,),) = service.query("select clock_timestamp()")
    before = await service.report("pipeline", **DAY)
    await change_everything(service)
    again = await service.report("pipeline", known_at=then.isoformat(), **DAY)
    figures = [[row[stage]["value_pln"] for stage in ("submitted", "accepted")] for row in again["rows"]]
    assert figures == [[row[stage]["value_pln"] for stage in ("submitted", "accepted")] for row in before["rows"]]
    for row in again["rows"]:
        await assert_proved(service, row)


async def test_what_hangs_on_a_node_itself_is_told_from_what_is_below_it(service: CallsService) -> None:
    rows = {row["code"] or row["kind"]: row for row in (await service.report("pipeline", **DAY))["rows"]}
    numbers = {
        code: [one["number"] for one in await behind(service, row["submitted"]["proof"])] for code, row in rows.items()
    }

    assert numbers["7.2.1"] == ["A", "B"], "C came later, H reached nothing, and what is of another office is not here"
    assert (numbers["7.2"], numbers["VII"], numbers["unassigned"]) == (["E"], ["F"], ["G"])
    assert (numbers["7.3"], numbers["total"]) == ([], ["A", "B", "D", "E", "F", "G"])
    assert [one["number"] for one in await behind(service, rows["7.2.1"]["formally_positive"]["proof"])] == ["A"]


async def test_a_call_proves_its_applications_of_the_day_as_they_were_known(service: CallsService) -> None:
    made = await service.add_call(node="7.2.1", number="1/2011")
    for number, day in (("X", EARLY), ("Y", LATE)):
        await add(service, number=number, call=made["id"], **day)
    (row,) = (await service.report("calls", **DAY))["rows"]
    assert (row["applications"]["number"], [one["number"] for one in await behind(service, row["proof"])]) == (1, ["X"])
    body = {"title": "Konkurs", "kind": "closed", "valid_from": "2011-01-01", "number": "2/2011"}
    ok(await service.officer.put(f"/v1/calls/{made['id']}", json=body, headers={"If-Match": '"v1"'}))
    await imported(service, [submitted("X", submitted_value_pln="7.00"), submitted("Z")])
    (one,) = await behind(service, row["proof"])
    assert (one["submitted_value_pln"], one["call_number"]) == ("1000.00", "1/2011")
    assert (await find(service, "X"))["version"] == one["version"] + 1


async def test_before_anything_is_known_a_link_names_no_moment(database: DatabaseUrls) -> None:
    async with running_calls(database) as empty:
        (total,) = (await empty.report("pipeline", **DAY))["rows"]
        assert total["proof"] == "/v1/applications?office=04&as_of=2011-06-30"
        assert await behind(empty, total["proof"]) == []
