"""Node of an application: its own, else that of its call; for single applications and lists."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.builders.applications import APPLICATIONS, fold, imported, list_of, problems, rollup, send, submitted
from tests.support.services.calls_service import CALLS, CallsService, call, running_calls

from miernik_local.provision import DatabaseUrls

NUMBER = "1/7.2.2/POKL/2011"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        await running.add_tree()
        yield running


async def nodes(service: CallsService) -> dict[str, str | None]:
    page = ok(await service.officer.get(APPLICATIONS))
    return {one["number"]: one["node"] for one in page["items"]}


async def counted(service: CallsService) -> dict[str, int]:
    """Submitted applications by the code of the row of the report; those of no node as ``unassigned``."""
    rows = (await service.report("pipeline", as_of="2011-12-31"))["rows"]
    found = {row["code"] or row["kind"]: row["submitted"]["number"] for row in rows}
    return {code: number for code, number in found.items() if number and code != "total"}


async def test_a_row_without_a_node_counts_in_that_of_its_call(service: CallsService) -> None:
    await service.add_call(number=NUMBER, node="7.2.2")
    await service.add_call(number="2", node="7.2.1")
    await imported(service, [submitted("A", call=NUMBER), submitted("B", node="7.2.2", call=NUMBER), submitted("C")])
    assert await counted(service) == {"7.2.2": 2, "unassigned": 1}
    told = service.events("applications.changed")[-1]["data"]["applications"]
    assert [(one["number"], one["node_id"] is None) for one in told] == [("A", False), ("B", False), ("C", True)]
    assert rollup(service) == fold(service)
    # A list that says nothing of nodes moves those that followed their call to the next one, and only those.
    await imported(service, [submitted("D", node="7.3", call=NUMBER)])
    await send(service, b"number;call\nA;2\nD;2\n")
    assert await nodes(service) == {"A": "7.2.1", "B": "7.2.2", "C": None, "D": "7.3"}
    await send(service, b"number;call\nA;\n")
    assert (await nodes(service))["A"] == "7.2.1"
    assert rollup(service) == fold(service)


async def test_an_application_without_a_node_takes_that_of_its_call_also_by_itself(service: CallsService) -> None:
    one = await service.add_call(number=NUMBER, node="7.2.2")
    made = ok(await service.officer.post(APPLICATIONS, json=submitted(call=one["id"])))
    assert (made["node"], made["findings"]) == ("7.2.2", [])
    assert made["node_id"] == one["node_id"]
    assert await counted(service) == {"7.2.2": 1}
    path = f"{APPLICATIONS}/{made['id']}"
    state = {"call": one["id"], "submitted_on": "2011-02-01", "submitted_value_pln": "1000.00"}
    same = ok(await service.officer.put(path, json=state, headers={"If-Match": '"v1"'}))
    assert (same["version"], same["node"]) == (1, "7.2.2")
    moved = ok(await service.officer.put(path, json=state | {"node": "7.3"}, headers={"If-Match": '"v1"'}))
    assert [found["code"] for found in moved["findings"]] == ["node_not_of_call"]
    assert moved == ok(await service.officer.get(path))
    back = ok(await service.officer.put(path, json=state, headers={"If-Match": '"v2"'}))
    assert (back["version"], back["node"], back["findings"]) == (3, "7.2.2", [])
    assert rollup(service) == fold(service)


async def test_a_node_outside_of_that_of_the_call_is_a_warning_that_names_both(service: CallsService) -> None:
    await service.add_call(number=NUMBER, node="7.2")
    rows = [submitted("A", node="7.2.2", call=NUMBER), submitted("B", node="7.3", call=NUMBER),
            submitted("C", node="7.2", call=NUMBER), submitted("D", node="VII", call=NUMBER)]  # fmt: skip
    answer = await send(service, list_of(rows))
    assert (answer.status_code, answer.json()["outcome"]) == (201, "accepted_with_warnings")
    assert problems(answer) == [(3, "node", "node_not_of_call"), (5, "node", "node_not_of_call")]
    message = answer.json()["first_findings"][0]["message"]
    assert "7.3" in message
    assert "(7.2)" in message
    assert await counted(service) == {"7.2.2": 1, "7.3": 1, "7.2": 1, "VII": 1}
    page = ok(await service.officer.get(APPLICATIONS))["items"]
    found: dict[str, list[Any]] = {one["number"]: one["findings"] for one in page}
    assert {number: [one["params"]["seen"] for one in told] for number, told in found.items()} == {
        "A": [], "B": ["7.3"], "C": [], "D": ["VII"],
    }  # fmt: skip


async def test_a_call_that_gets_a_node_later_is_followed_by_the_same_list_again(service: CallsService) -> None:
    one = await service.add_call(number=NUMBER)
    rows = [submitted("A", call=NUMBER)]
    await imported(service, rows)
    assert await counted(service) == {"unassigned": 1}
    body = call(number=NUMBER, node="7.2.2")
    ok(await service.officer.put(f"{CALLS}/{one['id']}", json=body, headers={"If-Match": '"v1"'}))
    assert await counted(service) == {"unassigned": 1}
    assert (await imported(service, rows))["changed"] == 1
    assert await counted(service) == {"7.2.2": 1}
    assert (await imported(service, rows))["replayed"]
