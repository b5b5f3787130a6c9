"""Annulment of an application recorded by mistake.

It never counted, the past still shows it, and its numbers are free for the right application.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import (
    APPLICATIONS,
    STAGES,
    add,
    annul,
    assert_proved,
    fold,
    imported,
    reach,
    rollup,
    stored,
    submitted,
)
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CallsService, calls_on_a_copy, external

from miernik_local.provision import DatabaseUrls

DAYS = ("2011-01-31", "2011-02-28", "2011-08-31")
ADDRESS = f"{APPLICATIONS}/by-external-id/lsi/17"
Moment = str | None


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


def now(service: CallsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def printed(service: CallsService, known_at: str | None = None) -> list[Any]:
    """Both reports and the list on some days, but for what they say of the moment of asking."""
    answers: list[Any] = []
    for day in DAYS:
        query = {"as_of": day} | ({"known_at": known_at} if known_at else {})
        paths = ("reports/pipeline", "reports/calls", "applications")
        answers += [ok(await service.officer.get(f"/v1/{path}", params=query)) for path in paths]
    for answer in answers:
        for name in ("position", "known_at"):
            answer.pop(name, None)
        for row in answer.get("rows", []):
            for cell in (row, *(row[stage] for stage in STAGES if stage in row)):
                cell.pop("proof", None)
    return answers


async def numbers(service: CallsService, **query: Any) -> list[str]:
    return [one["number"] for one in ok(await service.officer.get(APPLICATIONS, params=query))["items"]]


async def test_annulled_application_never_counted_and_the_past_shows_it(service: CallsService) -> None:
    call = await service.add_call(number="1")
    await add(service, number="W-0", node="7.2.1")
    nothing = await printed(service)
    one = await add(service, number="W-1", node="7.2.1", call=call["id"])
    one = ok(await reach(service, one, "formally_positive", "2011-03-01", "2000.00"))
    moment, before = now(service), await printed(service)

    answer = await annul(service, one)

    assert (answer.status_code, answer.headers["etag"]) == (201, '"v3"')
    assert answer.json() == one | {"annulled": True, "version": 3}
    assert await printed(service) == nothing != before
    assert await printed(service, moment) == before
    assert await printed(service, now(service)) == nothing
    assert rollup(service) == fold(service)
    await assert_proved(service, (await service.report("pipeline", as_of=DAYS[-1]))["rows"][-1])
    await assert_proved(service, (await service.report("pipeline", as_of=DAYS[-1], known_at=moment))["rows"][-1])


async def test_annulled_application_is_shown_to_who_asks_for_it(service: CallsService) -> None:
    one = await add(service, number="W-1", external_ids=[external("lsi", "17")])
    await add(service, number="W-2")
    moment, position = now(service), service.query("select max(position) from change")[0][0]

    annulled = ok(await annul(service, one))

    assert ok(await service.officer.get(f"{APPLICATIONS}/{one['id']}")) == annulled
    assert annulled["external_ids"] == one["external_ids"]
    versions = ok(await service.officer.get(f"{APPLICATIONS}/{one['id']}/versions"))["items"]
    assert [(each["annulled"], each["reason"]) for each in versions] == [(False, None), (True, "Wpisano dwa razy")]
    assert versions[1]["submitted_on"] == one["submitted_on"]
    assert (await numbers(service), await numbers(service, annulled="true")) == (["W-2"], ["W-1"])
    assert (await numbers(service, known_at=moment), await numbers(service, known_at=moment, annulled="true")) == (
        ["W-1", "W-2"], [],
    )  # fmt: skip
    listed = ok(await service.officer.get(APPLICATIONS, params={"annulled": "true"}))["items"]
    assert listed == [annulled]
    # A follower of the feed reads its changes there, so an annulment is among them.
    assert await numbers(service, changed_after=position) == ["W-1"]
    assert await numbers(service, changed_after=position, annulled="false") == []


async def test_numbers_of_an_annulled_application_are_free(service: CallsService) -> None:
    body = submitted("W-1", title="Pomyłka")
    wrong = ok(await service.officer.put(ADDRESS, json=body))
    ok(await annul(service, wrong))
    assert (await service.officer.get(ADDRESS)).status_code == 404

    made = await service.officer.put(ADDRESS, json=body | {"title": "Dobry"})

    assert (made.status_code, made.json()["title"]) == (201, "Dobry")
    assert ok(await service.officer.get(ADDRESS)) == made.json()
    assert_problem(await service.officer.post(APPLICATIONS, json=body), 409, "application_number_taken")
    assert (await stored(service))["W-1"]["id"] == made.json()["id"] != wrong["id"]
    ok(await annul(service, made.json()))
    third = ok(await service.officer.post(APPLICATIONS, json=body))
    assert await numbers(service, number="W-1", annulled="true") == ["W-1", "W-1"]
    assert (await stored(service))["W-1"]["id"] == third["id"]
    assert rollup(service) == fold(service)


async def test_annulled_row_of_a_list_is_registered_anew_by_that_list(service: CallsService) -> None:
    rows = [submitted("A"), submitted("B")]
    await imported(service, rows)
    ok(await annul(service, (await stored(service))["A"]))

    again = await imported(service, rows)

    assert (again["outcome"], again["replayed"], again["created"], again["unchanged"]) == ("accepted", False, 1, 1)
    assert sorted(await stored(service)) == ["A", "B"]
    assert rollup(service) == fold(service)


async def test_annulled_application_refuses_further_changes(service: CallsService) -> None:
    one = await add(service, number="W-1")
    annulled = ok(await annul(service, one))
    address, match = f"{APPLICATIONS}/{one['id']}", {"If-Match": '"v2"'}
    changed = await service.officer.put(address, json={"title": "Inny"}, headers=match)
    answers = [changed, await reach(service, annulled, "withdrawn", "2011-03-01", None), await annul(service, annulled)]
    for answer in answers:
        assert_problem(answer, 409, "application_annulled")
    assert answers[0].json()["detail"] == "Wpis wniosku W-1 unieważniono; wniosek rejestruje się na nowo."
    assert_problem(await annul(service, one), 412, "if_match_stale")
    assert service.row_counts()["application_version"] == 2


async def test_annulment_is_told_by_the_event_and_the_audit(service: CallsService) -> None:
    one = await add(service, number="W-1", node="7.2.1")
    annulled = ok(await annul(service, one))
    (event,) = service.events("applications.annulled")
    assert event["families"] == ["applications:04"]
    data = event["data"]
    assert (data["annulled"], data["restored"], data["import_no"]) == (1, 0, None)
    (told,) = data["applications"]
    assert (told["id"], told["version"], told["annulled"]) == (one["id"], 2, True)
    ((subject, before, after),) = service.query(
        "select subject, before, after from change where action = 'applications.annulled'"
    )
    assert (subject, before["annulled"], after["annulled"]) == (f"applications/{annulled['id']}", False, True)


async def test_reason_is_required_and_holds_no_blank(service: CallsService) -> None:
    one = await add(service, number="W-1")
    headers = {"If-Match": '"v1"', "Idempotency-Key": "k"}
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": None}, {"reason": "x" * 2001}):
        answer = await service.officer.post(f"{APPLICATIONS}/{one['id']}/annulment", json=body, headers=headers)
        assert_problem(answer, 422, "request_invalid")


async def test_office_whose_only_application_was_annulled_has_no_report(service: CallsService) -> None:
    one = await add(service, number="W-1", office="32")
    moment = now(service)
    assert (await service.report("pipeline", office="32"))["rows"]
    ok(await annul(service, one))
    refused = await service.officer.get("/v1/reports/pipeline", params={"office": "32"})
    assert_problem(refused, 422, "report_office_unknown", at="/query/office")
    assert (await service.report("pipeline", office="32", known_at=moment))["rows"]
    assert "32" not in [each["code"] for each in (await service.report("pipeline/bounds"))["offices"]]


async def test_annulment_raced_with_a_change_leaves_one_of_them(service: CallsService) -> None:
    for number in range(6):
        one = await add(service, number=f"W-{number}", node="7.3")
        answers = await asyncio.gather(
            annul(service, one), reach(service, one, "formally_positive", "2011-03-01", "1.00"), annul(service, one)
        )
        assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    assert rollup(service) == fold(service)


async def test_annulment_raced_with_a_registration_keeps_the_number_unique(service: CallsService) -> None:
    for number in range(6):
        one = await add(service, number=f"W-{number}")
        body = submitted(f"W-{number}", title="Na nowo")
        annulled, *registered = await asyncio.gather(
            annul(service, one), *(service.officer.post(APPLICATIONS, json=body) for _ in range(3))
        )
        assert annulled.status_code == 201
        assert sorted(answer.status_code for answer in registered) in ([201, 409, 409], [409, 409, 409])
    assert rollup(service) == fold(service)
