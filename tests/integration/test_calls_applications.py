"""Applications one by one: stages in order, versions, what is found and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import APPLICATIONS, add, application, fold, imported, reach, rollup, submitted
from tests.support.oracles.printed_lists import PrintedList
from tests.support.services.calls_service import CALLS, ORGANISATIONS, CallsService, call, external, running_calls

from miernik_local.provision import DatabaseUrls
from miernik_shared.values.as_of import WARSAW


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


def pointers(answer: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def test_an_application_goes_from_stage_to_stage(service: CallsService) -> None:
    await service.add_tree()
    answer = await service.officer.post(APPLICATIONS, json=submitted(node="7.3"))
    one = ok(answer)
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"{APPLICATIONS}/{one['id']}")
    assert answer.headers["miernik-families"] == "applications:04"
    for stage, day, value in (("formally_positive", "2011-03-01", "900"), ("accepted", "2011-04-01", "800.5")):
        one = ok(await reach(service, one, stage, day, value))
    assert one == ok(await service.officer.get(answer.headers["location"]))
    assert (one["version"], one["accepted_on"], one["accepted_value_pln"]) == (3, "2011-04-01", "800.50")
    assert one["findings"] == []
    versions = ok(await service.officer.get(f"{APPLICATIONS}/{one['id']}/versions"))["items"]
    assert [(version["version"], version["accepted_on"]) for version in versions] == [
        (1, None), (2, None), (3, "2011-04-01"),
    ]  # fmt: skip
    assert [version["position"] for version in versions] == sorted(version["position"] for version in versions)
    assert rollup(service) == fold(service)


async def test_the_end_of_an_application_is_a_day_without_a_value(service: CallsService) -> None:
    one = await add(service)
    with_value = await reach(service, one, "withdrawn", "2011-03-01", "1")
    assert_problem(with_value, 422, "stage_value_unexpected", at="/value_pln")
    one = ok(await reach(service, one, "withdrawn", "2011-03-01", None))
    assert (one["withdrawn_on"], one["version"]) == ("2011-03-01", 2)
    later = await reach(service, one, "formally_positive", "2011-03-02", "1")
    assert_problem(later, 422, "stage_after_end", at="/effective_on")
    # It stays counted in the stages that it had reached.
    assert len(rollup(service)) == 1
    assert ok(await reach(service, one, "formally_positive", "2011-03-01", "1"))["version"] == 3


@pytest.mark.parametrize(("first", "second"), [("withdrawn", "rejected"), ("rejected", "withdrawn")])
@pytest.mark.parametrize("day", ["2011-02-28", "2011-03-01", "2011-03-02"])
async def test_an_application_ends_once(service: CallsService, first: str, second: str, day: str) -> None:
    one = ok(await reach(service, await add(service), first, "2011-03-01", None))
    before = service.row_counts()
    answer = await reach(service, one, second, day, None)
    assert_problem(answer, 422, "ended_twice", at="/effective_on")
    assert service.row_counts() == before
    state = {"submitted_on": "2011-02-01", "submitted_value_pln": "1000.00", f"{second}_on": day}
    other = await service.officer.put(f"{APPLICATIONS}/{one['id']}", json=state, headers={"If-Match": '"v2"'})
    assert ok(other)[f"{first}_on"] is None


@pytest.mark.parametrize(
    ("stage", "day", "value", "pointer", "code"),
    [
        ("accepted", "2011-03-01", "1", "/effective_on", "stage_skipped"),
        ("formally_positive", "2011-01-31", "1", "/effective_on", "stage_before_earlier"),
        ("formally_positive", "2011-03-01", None, "/value_pln", "stage_value_missing"),
        ("rejected", "9999-01-01", None, "/effective_on", "day_in_the_future"),
        ("signed", "2011-03-01", "1", "/stage", "field_invalid"),
        ("formally_positive", "2011-02-30", "1", "/effective_on", "field_invalid"),
        ("formally_positive", "2011-03-01", "1.001", "/value_pln", "field_invalid"),
        ("formally_positive", "2011-03-01", "-1", "/value_pln", "field_invalid"),
    ],
)
async def test_a_stage_that_cannot_be_is_refused(
    service: CallsService, stage: str, day: str, value: str | None, pointer: str, code: str
) -> None:
    one = await add(service)
    before = service.row_counts()
    answer = await reach(service, one, stage, day, value)

    assert_problem(answer, 422, code, at=pointer)
    assert service.row_counts() == before


async def test_a_stage_reached_today_in_warsaw_is_taken(service: CallsService) -> None:
    one = await add(service)
    today = datetime.now(WARSAW).date().isoformat()

    assert ok(await reach(service, one, "formally_positive", today, "900"))["formally_positive_on"] == today


@pytest.mark.parametrize("value", ["900.00", "1000.01", "0.00"])
async def test_a_value_corrected_on_its_own_day_reaches_the_sums(service: CallsService, value: str) -> None:
    one = await add(service, submitted_value_pln="1000.00")
    corrected = {"submitted_on": one["submitted_on"], "submitted_value_pln": value}

    path, seen = f"{APPLICATIONS}/{one['id']}", {"If-Match": '"v1"'}
    ok(await service.officer.put(path, json=corrected, headers=seen))

    assert rollup(service) == fold(service)
    total = (await service.report("pipeline", as_of="2011-02-01"))["rows"][-1]
    assert total["submitted"]["value_pln"] == value


async def test_a_stage_is_reached_once_and_repeating_it_says_so(service: CallsService) -> None:
    one = await add(service)
    reached = ok(await reach(service, one, "formally_positive", "2011-03-01", "900"))
    again = await reach(service, reached, "formally_positive", "2011-03-01", "900.00")
    assert (again.status_code, again.json()["version"]) == (201, 2)
    other = await reach(service, reached, "formally_positive", "2011-03-02", "900")
    assert_problem(other, 409, "stage_reached")
    assert service.row_counts()["application_version"] == 2


async def test_a_change_states_the_whole_application(service: CallsService) -> None:
    await service.add_tree()
    one = await add(service, node="7.3", title="Stary")
    path, seen = f"{APPLICATIONS}/{one['id']}", {"If-Match": '"v1"'}
    state = {"node": "7.2.1", "submitted_on": "2011-01-31", "submitted_value_pln": "5"}
    changed = ok(await service.officer.put(path, json=state, headers=seen))
    assert (changed["node"], changed["title"], changed["submitted_value_pln"], changed["version"]) == (
        "7.2.1", None, "5.00", 2,
    )  # fmt: skip
    assert rollup(service) == fold(service)
    ((before, after),) = service.query("select before, after from change order by position desc limit 1")
    assert (before["node"], after["node"], before["version"], after["version"]) == ("7.3", "7.2.1", 1, 2)
    same = await service.officer.put(path, json=state, headers={"If-Match": '"v2"'})
    assert (same.status_code, same.json()["version"]) == (200, 2)
    assert (await service.officer.put(path, json=state, headers=seen)).status_code == 412


async def test_a_number_is_unique_in_its_office(service: CallsService) -> None:
    one = await add(service)
    again = await service.officer.post(APPLICATIONS, json=submitted())

    assert_problem(again, 409, "application_number_taken", at="/number")
    assert again.json()["application_id"] == one["id"]
    assert ok(await service.officer.post(APPLICATIONS, json=submitted(office="32")))["office"] == "32"


async def test_reference_to_another_office_or_to_nothing_is_refused(service: CallsService) -> None:
    await service.add_node("7.3", "measure", office="32")
    call = await service.add_call(office="32")
    strange = "0192f3a4-0000-7000-8000-000000000001"
    body = submitted(node="7.3", call=call["id"], organisation=strange)
    answer = await service.officer.post(APPLICATIONS, json=body)
    assert pointers(answer) == [
        ("/node", "application_node_unknown"),
        ("/call", "application_call_unknown"),
        ("/organisation", "application_organisation_unknown"),
    ]
    early = await service.officer.post(APPLICATIONS, json=body | {"withdrawn_on": "2011-01-01", "submitted_on": None})
    assert {code for _, code in pointers(early)} == {
        "application_node_unknown", "application_call_unknown", "application_organisation_unknown", "stage_skipped",
        "stage_day_missing",
    }  # fmt: skip
    organisation = await service.add_organisation()
    body = submitted(office="32", node="7.3", call=call["id"], organisation=organisation["id"])
    made = ok(await service.officer.post(APPLICATIONS, json=body))
    assert (made["call"], made["organisation"], made["call_number"]) == (call["id"], organisation["id"], None)


async def test_another_system_names_an_application_by_its_own_number(service: CallsService) -> None:
    path = f"{APPLICATIONS}/by-external-id/ksi/77"
    made = await service.officer.put(path, json=submitted(external_ids=[external("lsi", "5")]))
    assert (made.status_code, made.headers["etag"]) == (201, '"v1"')
    assert made.json()["external_ids"] == [external("ksi", "77"), external("lsi", "5")]
    assert ok(await service.officer.get(path)) == made.json()
    changed = await service.officer.put(path, json=submitted(title="Inny"), headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["title"]) == (200, "Inny")
    other = await service.officer.put(path, json=submitted("WND-2"), headers={"If-Match": '"v2"'})
    assert_problem(other, 409, "application_identity_changed")
    # A further number of an equal state is a version too: what is known of it has changed.
    body = submitted(title="Inny", external_ids=[external("sl", "9")])
    further = ok(await service.officer.put(path, json=body, headers={"If-Match": '"v2"'}))
    assert (further["version"], len(further["external_ids"])) == (3, 3)
    assert rollup(service) == fold(service)
    taken_id = await service.officer.post(APPLICATIONS, json=submitted("WND-3", external_ids=[external("sl", "9")]))
    assert_problem(taken_id, 409, "external_id_taken", at="/external_ids/0")


async def test_past_list_prints_the_external_ids_known_then(service: CallsService) -> None:
    applications = PrintedList(service, APPLICATIONS)

    async def printed() -> list[list[dict[str, str]]]:
        return [one["external_ids"] for one in await applications.printed()]

    listed, ids = submitted("WND-1"), [external("a", "1"), external("B", "2"), external("lsi", "17")]
    await imported(service, [listed])
    assert await printed() == [[]]
    path = f"{APPLICATIONS}/by-external-id/lsi/17"
    ok(await service.officer.put(path, json=submitted("WND-2")))
    assert await printed() == [[], ids[2:]]
    more = submitted("WND-2", external_ids=ids[:2])
    ok(await service.officer.put(path, json=more, headers={"If-Match": '"v1"'}))
    assert await printed() == [[], [ids[1], ids[0], ids[2]]]
    await imported(service, [listed, submitted("WND-2", title="Inny")])
    assert await printed() == [[], [ids[1], ids[0], ids[2]]]
    await applications.assert_prints_again()


async def test_a_past_list_warns_of_the_node_that_the_call_had_then(service: CallsService) -> None:
    await service.add_tree()
    made = await service.add_call(node="7.3", number="1/2011")
    await add(service, node="7.2.1", call=made["id"])
    applications = PrintedList(service, APPLICATIONS)
    ((warned,),) = [one["findings"] for one in await applications.printed()]
    assert warned["code"] == "node_not_of_call"

    moved = call(node="7.2", number="2/2011")
    ok(await service.officer.put(f"{CALLS}/{made['id']}", json=moved, headers={"If-Match": '"v1"'}))

    assert [one["findings"] for one in await applications.printed()] == [[]]
    await applications.assert_prints_again()


async def test_an_external_number_is_given_once_in_each_kind_of_entity(service: CallsService) -> None:
    number = [external("ksi", "77")]
    organisation = await service.add_organisation(external_ids=number)
    one = await add(service, external_ids=number)

    path = "by-external-id/ksi/77"
    found = ok(await service.officer.get(f"{APPLICATIONS}/{path}"))
    named = ok(await service.officer.get(f"{ORGANISATIONS}/{path}"))

    assert (found["id"], named["id"]) == (one["id"], organisation["id"])
    assert found["external_ids"] == named["external_ids"] == number


async def test_one_number_of_two_systems_names_two_applications(service: CallsService) -> None:
    made = [await add(service, number=system, external_ids=[external(system, "77")]) for system in ("ksi", "lsi")]

    found = [ok(await service.officer.get(f"{APPLICATIONS}/by-external-id/{one}/77")) for one in ("ksi", "lsi")]

    assert found == made


async def test_applications_are_found_by_place_call_stage_and_number(service: CallsService) -> None:
    await service.add_tree()
    made = await service.add_call()
    first = await add(service, number="A", node="7.2.1", call=made["id"])
    await add(service, number="B", node="7.3")
    await add(service, number="C", office="32")
    ok(await service.officer.post(APPLICATIONS, json=application("D", node="7.2")))
    ok(await reach(service, first, "formally_positive", "2011-03-01", "1"))

    async def find_numbers(**query: str) -> list[str]:
        page = ok(await service.officer.get(APPLICATIONS, params=query))
        return [one["number"] for one in page["items"]]

    assert await find_numbers() == ["A", "B", "D", "C"]
    assert await find_numbers(node="7.2") == ["A", "D"]
    assert await find_numbers(node="VII", office="04") == ["A", "B", "D"]
    assert (
        await find_numbers(call=made["id"])
        == await find_numbers(stage="formally_positive")
        == await find_numbers(number="A")
        == ["A"]
    )
    assert await find_numbers(stage="submitted", office="32") == ["C"]
    assert await find_numbers(node="7.4") == []
    pages, cursor = [], ""
    while cursor is not None:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = ok(await service.officer.get(APPLICATIONS, params=query))
        pages += [one["number"] for one in page["items"]]
        cursor = page["next"]
    assert pages == ["A", "B", "D", "C"]
    (head,) = service.query("select position from head")[0]
    assert await find_numbers(changed_after=str(head)) == []
    content = b"number;title\nA;nowy\nB;nowy\n"
    query, headers = {"office": "04"}, {"Content-Type": "text/csv"}
    ok(await service.officer.post("/v1/application-imports", params=query, content=content, headers=headers))
    assert await find_numbers(changed_after=str(head)) == ["A", "B"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("office", "00"), ("number", " "), ("number", "x" * 101), ("node", "7 2"), ("call", "7"), ("title", ""),
        ("organisation", "x"), ("submitted_on", "2011-02-30"), ("submitted_value_pln", "1.234"),
        ("submitted_value_pln", "1e30"), ("submitted_value_pln", "-0.01"), ("external_ids", [{"system": " "}]),
        ("colour", "red"), ("title", "x" * 501), ("title", "a\u0000b"), ("number", "a\u0000b"), ("rejected_on", "x"),
        ("submitted_on", None), ("submitted_value_pln", None),
    ],
)  # fmt: skip
async def test_a_malformed_application_is_refused(shared_calls: CallsService, field: str, value: object) -> None:
    before = shared_calls.row_counts()
    answer = await shared_calls.officer.post(APPLICATIONS, json=submitted() | {field: value})
    assert answer.status_code == 422, answer.text
    paired = {"submitted_on": "/submitted_on", "submitted_value_pln": "/submitted_value_pln"}
    assert answer.json()["errors"][0]["pointer"].startswith(paired.get(field, f"/{field}"))
    assert shared_calls.row_counts() == before
