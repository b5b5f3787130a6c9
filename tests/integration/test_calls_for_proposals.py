"""Calls for proposals: what is known of them when, their numbers, where they hang."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.services.calls_service import CALLS, CallsService, call, external, running_calls

from miernik_local.provision import DatabaseUrls

NUMBER = "1/7.2.2/POKL/2011"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


async def test_a_call_has_a_place_a_budget_and_planned_months(service: CallsService) -> None:
    nodes = await service.add_tree()
    body = call(
        node="7.2.2", number=NUMBER, theme="ekonomia społeczna", project_type="staże",
        announced_on="2011-03-01", closes_on="2011-05-31",
        budget_pln="6000000.00", planned_signing_from="2011-12", planned_signing_to="2012-01",
        external_ids=[external("ksi", "1")],
    )  # fmt: skip
    answer = await service.officer.post(CALLS, json=body)
    made = ok(answer)
    assert made == body | {
        "id": made["id"],
        "office": "04",
        "node_id": nodes["7.2.2"]["id"],
        "version": 1,
        "applications_complete": False,
    }
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"{CALLS}/{made['id']}")
    assert ok(await service.officer.get(answer.headers["location"])) == made
    assert service.events("call.announced") == [{"families": ["calls"], "data": made}]
    stored = service.query("select planned_signing_from::text, planned_signing_to::text, budget_pln from call_version")
    assert [str(value) for value in stored[0]] == ["2011-12-01", "2012-01-01", "6000000.00"]


async def test_an_amount_is_shown_to_the_grosz(service: CallsService) -> None:
    made = await service.add_call(budget_pln="6000000")

    assert made["budget_pln"] == "6000000.00"
    assert ok(await service.officer.get(f"{CALLS}/{made['id']}")) == made


@pytest.mark.parametrize("amount", [6000000.5, "6000000.001", "6 000 000", "-1", "1e6", True, []])
async def test_an_amount_is_text_in_zlote_and_grosze(shared_calls: CallsService, amount: object) -> None:
    answer = await shared_calls.officer.post(CALLS, json=call(budget_pln=amount))
    assert_problem(answer, 422, "field_invalid")


async def test_a_call_may_hang_on_nothing_and_know_nothing(service: CallsService) -> None:
    made = await service.add_call(office="32")
    days = ("announced_on", "closes_on", "planned_signing_from", "planned_signing_to")
    unknown = ("node", "node_id", "number", "theme", "project_type", "budget_pln", *days)

    assert [made[field] for field in unknown] == [None] * len(unknown)
    assert made["office"] == "32"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"node": "9.9"}, "/node", "node_unknown"),
        ({"node": "7.2.2", "office": "32"}, "/node", "node_unknown"),
        ({"announced_on": "2011-03-01", "closes_on": "2011-02-28"}, "/closes_on", "call_closes_before_announced"),
        ({"planned_signing_to": "2011-12"}, "/planned_signing_from", "planned_signing_without_start"),
        (
            {"planned_signing_from": "2012-01", "planned_signing_to": "2011-12"},
            "/planned_signing_to",
            "planned_signing_reversed",
        ),
        ({"budget_pln": "1.005"}, "/budget_pln", "field_invalid"),
        ({"budget_pln": "-1"}, "/budget_pln", "field_invalid"),
        ({"budget_pln": "100 EUR"}, "/budget_pln", "field_invalid"),
        ({"budget_pln": {"amount": "1", "currency": "EUR"}}, "/budget_pln", "field_invalid"),
        ({"budget_pln": "NaN"}, "/budget_pln", "field_invalid"),
        ({"budget_pln": "1" + "0" * 17}, "/budget_pln", "field_invalid"),
        ({"planned_signing_from": "2011-13"}, "/planned_signing_from", "field_invalid"),
        ({"planned_signing_from": "2011-12-01"}, "/planned_signing_from", "field_invalid"),
        ({"kind": "secret"}, "/kind", "field_invalid"),
        ({"title": ""}, "/title", "field_invalid"),
        ({"number": " "}, "/number", "field_invalid"),
        ({"closes_on": "31.05.2011"}, "/closes_on", "field_invalid"),
        ({"valid_from": None}, "/valid_from", "field_invalid"),
    ],
)
async def test_invalid_call_is_refused_at_its_field(
    shared_calls: CallsService, body: dict[str, Any], pointer: str, code: str
) -> None:
    before = shared_calls.row_counts()
    answer = await shared_calls.officer.post(CALLS, json=call(**body))

    assert_problem(answer, 422, code, at=pointer)
    assert shared_calls.row_counts() == before


async def test_all_faults_are_told_at_once(service: CallsService) -> None:
    body = call(node="9.9", announced_on="2011-03-01", closes_on="2011-02-28", planned_signing_to="2011-12")
    answer = await service.officer.post(CALLS, json=body)

    assert codes(answer) == ["call_closes_before_announced", "planned_signing_without_start", "node_unknown"]


async def test_a_number_is_given_once_in_an_office_even_to_two_who_ask_at_once(service: CallsService) -> None:
    answers = await asyncio.gather(*(service.officer.post(CALLS, json=call(number=NUMBER)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert {refusal["code"] for refusal in refusals} == {"call_number_taken"}
    assert refusals[0]["errors"][0]["pointer"] == "/number"
    assert (await service.add_call(number=NUMBER, office="32"))["number"] == NUMBER


async def test_a_call_is_attached_and_numbered_later(service: CallsService) -> None:
    nodes = await service.add_tree()
    made = await service.add_call(closes_on="2011-05-31")
    address = f"{CALLS}/{made['id']}"
    state = call(node="7.2.2", number=NUMBER, closes_on="2011-06-15", valid_from="2011-05-20")
    changed = await service.officer.put(address, json=state, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    assert changed.json() == made | state | {"node_id": nodes["7.2.2"]["id"], "version": 2}
    told = service.query("select before, after from change where action = 'call.changed'")
    assert told == [(made, changed.json())]
    closings = service.query("select closes_on::text, valid_from::text from call_version order by version")
    assert closings == [("2011-05-31", "2011-01-01"), ("2011-06-15", "2011-05-20")]
    # Its number is its own: keeping it is no conflict, and another call cannot change to it.
    renamed = await service.officer.put(address, json=state | {"title": "Inny"}, headers={"If-Match": '"v2"'})
    assert renamed.status_code == 200
    other = await service.add_call()
    copied = await service.officer.put(f"{CALLS}/{other['id']}", json=call(number=NUMBER), headers={"If-Match": '"v1"'})
    assert_problem(copied, 409, "call_number_taken", at="/number")


async def test_a_version_does_not_begin_before_the_current_one(service: CallsService) -> None:
    made = await service.add_call()
    early = await service.officer.put(
        f"{CALLS}/{made['id']}", json=call(title="Inny", valid_from="2010-12-31"), headers={"If-Match": '"v1"'}
    )

    assert_problem(early, 409, "version_not_later")


async def test_two_changes_at_once_are_one_change(service: CallsService) -> None:
    made = await service.add_call()
    answers = await asyncio.gather(
        *(
            service.officer.put(
                f"{CALLS}/{made['id']}", json=call(title=f"Konkurs {number}"), headers={"If-Match": '"v1"'}
            )
            for number in range(4)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_an_equal_state_is_no_change(service: CallsService) -> None:
    made = await service.add_call(budget_pln="6000000.00")
    before = service.row_counts()
    # The same amount in other digits.
    answer = await service.officer.put(
        f"{CALLS}/{made['id']}", json=call(budget_pln=6000000), headers={"If-Match": '"v1"'}
    )

    assert (answer.status_code, answer.json()) == (200, made)
    assert service.row_counts() == before


async def test_a_put_by_external_id_announces_and_then_changes(service: CallsService) -> None:
    address = f"{CALLS}/by-external-id/ksi/17"
    announced = await service.officer.put(address, json=call())
    assert (announced.status_code, announced.json()["external_ids"]) == (201, [external("ksi", "17")])
    assert (await service.officer.put(address, json=call())).status_code == 428
    body = call(number=NUMBER, external_ids=[external("bip", "x")])
    changed = await service.officer.put(address, json=body, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["number"], changed.json()["version"]) == (200, NUMBER, 2)
    assert changed.json()["external_ids"] == [external("bip", "x"), external("ksi", "17")]
    assert ok(await service.officer.get(f"{CALLS}/by-external-id/bip/x")) == changed.json()
    moved = await service.officer.put(address, json=call(office="32"), headers={"If-Match": '"v2"'})
    assert_problem(moved, 409, "call_office_changed")
    gone = await service.officer.put(f"{CALLS}/by-external-id/ksi/18", json=call(), headers={"If-Match": '"v1"'})
    assert gone.status_code == 412


async def test_calls_are_found_by_office_node_number_and_kind(service: CallsService) -> None:
    await service.add_tree()
    await service.add_call(title="A", node="7.2.1", number=NUMBER)
    await service.add_call(title="B", node="VII", kind="open")
    await service.add_call(title="C", office="32")

    async def titles(**query: str) -> str:
        return "".join(one["title"] for one in ok(await service.officer.get(CALLS, params=query))["items"])

    assert await titles() == "ABC"
    assert await titles(office="04") == "AB"
    assert await titles(node="7.2.1") == await titles(number=NUMBER) == "A"
    assert await titles(kind="open") == "B"
    assert await titles(limit="1") == "A"
    first = ok(await service.officer.get(CALLS, params={"limit": "1"}))
    assert await titles(limit="1", cursor=first["next"]) == "B"
