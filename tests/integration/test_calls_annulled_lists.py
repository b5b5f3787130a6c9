"""Annulment of a whole list: what it created is annulled, what it changed is restored, and it can be sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import (
    APPLICATIONS,
    IMPORTS,
    add,
    annul,
    annul_list,
    fold,
    imported,
    list_of,
    reach,
    rollup,
    send,
    stored,
    submitted,
)
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy

from miernik_local.provision import DatabaseUrls


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def states(service: CallsService) -> dict[str, Any]:
    """Applications by number, without their versions."""
    return {
        number: {name: value for name, value in one.items() if name != "version"}
        for number, one in (await stored(service)).items()
    }


async def versions(service: CallsService, one: dict[str, Any]) -> list[dict[str, Any]]:
    return ok(await service.officer.get(f"{APPLICATIONS}/{one['id']}/versions"))["items"]


async def test_annulled_list_takes_back_all_that_it_wrote(service: CallsService) -> None:
    await imported(service, [submitted("A", node="7.2.1"), submitted("B", node="7.3")])
    before = await states(service), rollup(service)
    wrong = await imported(
        service,
        [submitted("A", node="7.3", title="Inny"), submitted("B", node="7.3"), submitted("C"), submitted("D")],
    )
    assert (wrong["created"], wrong["changed"], wrong["unchanged"]) == (2, 1, 1)
    moment, known = service.query("select clock_timestamp()")[0][0].isoformat(), await states(service)

    answer = await annul_list(service, wrong["id"])

    receipt = answer.json()
    assert (answer.status_code, answer.headers["etag"], answer.headers["location"]) == (
        201, '"v2"', f"{IMPORTS}/{wrong['id']}",
    )  # fmt: skip
    annulment = {name: receipt["annulment"][name] for name in ("reason", "annulled", "restored")}
    assert (receipt["annulled"], annulment) == (True, {"reason": "Wpisano dwa razy", "annulled": 2, "restored": 1})
    read = await service.officer.get(f"{IMPORTS}/{wrong['id']}")
    assert (ok(read), read.headers["etag"]) == (receipt, '"v2"')
    assert [one["annulled"] for one in ok(await service.officer.get(IMPORTS))["items"]] == [True, False]
    assert (await states(service), rollup(service)) == before
    assert rollup(service) == fold(service)
    then = ok(await service.officer.get(APPLICATIONS, params={"known_at": moment}))["items"]
    assert {one["number"] for one in then} == known.keys()


async def test_versions_say_what_the_annulment_of_a_list_did(service: CallsService) -> None:
    await imported(service, [submitted("A", title="Pierwszy")])
    wrong = await imported(service, [submitted("A", title="Drugi"), submitted("B")])
    made = (await stored(service))["B"]
    ok(await annul_list(service, wrong["id"]))

    restored, annulled = (await stored(service))["A"], ok(await service.officer.get(f"{APPLICATIONS}/{made['id']}"))

    assert (restored["title"], restored["version"], annulled["annulled"]) == ("Pierwszy", 3, True)
    last = (await versions(service, restored))[-1]
    assert (last["restored_version"], last["annulled"], last["reason"], last["import_id"]) == (
        1, False, "Wpisano dwa razy", None,
    )  # fmt: skip
    last = (await versions(service, made))[-1]
    assert (last["restored_version"], last["annulled"], last["reason"]) == (None, True, "Wpisano dwa razy")
    (event,) = service.events("applications.annulled")
    assert (event["families"], event["data"]["annulled"], event["data"]["restored"]) == (["applications:04"], 1, 1)
    # Its title alone had changed, which the event of a list does not tell either.
    assert [(one["number"], one["annulled"]) for one in event["data"]["applications"]] == [("B", True)]


async def test_event_of_an_annulled_list_tells_restored_applications(service: CallsService) -> None:
    await imported(service, [submitted("A", node="7.2.1")])
    wrong = await imported(service, [submitted("A", node="7.3", withdrawn_on="2011-03-01")])
    ok(await annul_list(service, wrong["id"]))
    (told,) = service.events("applications.annulled")[0]["data"]["applications"]
    one = (await stored(service))["A"]
    assert (told["node_id"], told["withdrawn_on"], told["version"], told["annulled"]) == (
        one["node_id"], None, 3, False,
    )  # fmt: skip


async def test_annulled_list_is_stored_anew_when_it_is_sent_again(service: CallsService) -> None:
    rows = [submitted("A"), submitted("B", node="7.3")]
    first = await imported(service, rows)
    ok(await annul_list(service, first["id"]))
    assert await stored(service) == {}

    again = await imported(service, rows)

    assert (again["outcome"], again["replayed"], again["created"]) == ("accepted", False, 2)
    assert again["id"] != first["id"]
    assert sorted(await stored(service)) == ["A", "B"]
    assert rollup(service) == fold(service)
    assert (await imported(service, rows))["replayed"]
    ok(await annul_list(service, again["id"]))
    assert await stored(service) == {}


async def test_list_whose_applications_changed_since_is_refused_and_names_them(service: CallsService) -> None:
    await add(service, number="A")
    wrong = await imported(service, [submitted(number, title="Lista") for number in ("A", "B", "C")])
    now = await stored(service)
    ok(await reach(service, now["A"], "withdrawn", "2011-03-01", None))
    ok(await reach(service, now["B"], "withdrawn", "2011-03-01", None))
    before = service.row_counts()

    refused = await annul_list(service, wrong["id"])

    assert_problem(refused, 409, "import_changed_since")
    assert refused.json()["applications"] == [{"id": now[one]["id"], "number": one} for one in ("A", "B")]
    assert "później zmieniono: 2, m.in. A, B." in refused.json()["detail"]
    assert {**service.row_counts(), "idempotency_key": 0} == {**before, "idempotency_key": 0}
    # An application that was annulled singly stands in the way of nothing.
    for number in ("A", "B"):
        ok(await annul(service, (await stored(service))[number]))
    assert ok(await annul_list(service, wrong["id"]))["annulment"]["annulled"] == 1
    assert await stored(service) == {}


async def test_lists_are_annulled_from_the_last_one_back(service: CallsService) -> None:
    lists = [await imported(service, [submitted("A", title=title)]) for title in ("1", "2", "3")]
    assert_problem(await annul_list(service, lists[1]["id"]), 409, "import_changed_since")
    titles: list[str | None] = []
    for one in reversed(lists):
        ok(await annul_list(service, one["id"]))
        standing = (await stored(service)).get("A")
        titles.append(standing["title"] if standing else None)
    assert titles == ["2", "1", None]
    assert rollup(service) == fold(service) == {}


async def test_list_after_an_annulled_one_is_annulled_back_to_the_state_before(service: CallsService) -> None:
    await imported(service, [submitted("A", title="1")])
    for title in ("2", "3"):
        wrong = await imported(service, [submitted("A", title=title)])
        ok(await annul_list(service, wrong["id"]))
    one = (await stored(service))["A"]
    assert (one["title"], one["version"]) == ("1", 5)
    assert [each["restored_version"] for each in await versions(service, one)] == [None, None, 1, None, 1]


async def test_right_application_under_a_freed_number_outlives_the_wrong_list(service: CallsService) -> None:
    wrong = await imported(service, [submitted("A", title="Zły"), submitted("B")])
    ok(await annul(service, (await stored(service))["A"]))
    right = await add(service, number="A", title="Dobry")
    ok(await annul_list(service, wrong["id"]))
    assert await stored(service) == {"A": right}
    assert rollup(service) == fold(service)


async def test_list_whose_applications_were_all_annulled_singly_is_annulled_too(service: CallsService) -> None:
    wrong = await imported(service, [submitted("A"), submitted("B")])
    for one in (await stored(service)).values():
        ok(await annul(service, one))
    receipt = ok(await annul_list(service, wrong["id"]))
    assert (receipt["annulled"], receipt["annulment"]["annulled"], receipt["annulment"]["restored"]) == (True, 0, 0)
    assert (await imported(service, [submitted("A"), submitted("B")]))["created"] == 2


async def test_list_that_changed_nothing_cannot_be_annulled(service: CallsService) -> None:
    rejected = await send(service, list_of([submitted("A", node="9.9")]))
    import_id = rejected.json()["import"]["id"]
    assert_problem(await annul_list(service, import_id), 409, "import_without_changes")


async def test_annulled_list_cannot_be_annulled_again(service: CallsService) -> None:
    made = await imported(service, [submitted("A")])
    ok(await annul_list(service, made["id"]))
    assert_problem(await annul_list(service, made["id"]), 412, "if_match_stale")
    assert_problem(await annul_list(service, made["id"], version=2), 409, "import_annulled")


async def test_partially_accepted_list_is_annulled_with_its_accepted_rows(service: CallsService) -> None:
    part = ok(await send(service, list_of([submitted("A"), submitted("B", node="9.9")]), partial="true"))
    assert part["outcome"] == "partially_accepted"
    ok(await annul_list(service, part["id"]))
    assert await stored(service) == {}


async def test_annulments_raced_with_changes_and_lists_leave_sums_that_add_up(service: CallsService) -> None:
    for number in range(4):
        rows = [submitted(f"W-{number}-{one}", node="7.3") for one in range(5)]
        made = await imported(service, rows)
        one = (await stored(service))[f"W-{number}-0"]
        await asyncio.gather(
            annul_list(service, made["id"]),
            reach(service, one, "formally_positive", "2011-03-01", "1.00"),
            annul(service, one),
            send(service, list_of([row | {"title": "Nowy"} for row in rows])),
            annul_list(service, made["id"]),
        )
        assert rollup(service) == fold(service)
