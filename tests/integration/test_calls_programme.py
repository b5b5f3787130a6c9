"""The programme tree: levels, codes, versions, what other services learn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_service import NODES, CallsService, external, node, running_calls

from miernik_local.provision import DatabaseUrls


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


async def test_a_node_belongs_to_the_home_office_unless_it_names_another(service: CallsService) -> None:
    answer = await service.officer.post(NODES, json=node("POKL", "programme"))
    made = ok(answer)
    assert (made["office"], made["parent"], made["parent_id"], made["version"]) == ("04", None, None, 1)
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"{NODES}/{made['id']}")
    assert answer.headers["miernik-families"] == "programme"
    assert ok(await service.officer.get(answer.headers["location"])) == made
    # The same code in another office is another node.
    other = await service.add_node("POKL", "programme", office="32")
    assert (other["office"], other["id"] != made["id"]) == ("32", True)


@pytest.mark.parametrize("office", ["99", "03"])
async def test_an_office_that_is_no_voivodeship_gets_no_node(service: CallsService, office: str) -> None:
    before = service.row_counts()
    answer = await service.officer.post(NODES, json=node("POKL", "programme", office=office))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/office")
    assert answer.json()["errors"][0]["message"].startswith("Urząd to województwo, podane kodem TERYT: 02, 04, ")
    assert service.row_counts() == before


async def test_a_child_names_its_parent_by_code_within_the_office(service: CallsService) -> None:
    above = await service.add_node("7.2", "measure", office="32")
    child = await service.add_node("7.2.1", "sub_measure", "7.2", office="32")
    assert (child["parent"], child["parent_id"]) == ("7.2", above["id"])
    elsewhere = await service.officer.post(NODES, json=node("7.2.1", "sub_measure", "7.2"))
    assert_problem(elsewhere, 422, "node_unknown")


@pytest.mark.parametrize(
    ("level", "parent", "status"),
    [
        ("sub_measure", "7.2", 201),
        ("sub_measure", "VII", 201),
        ("measure", "POKL", 201),
        ("measure", "7.2", 422),
        ("priority", "7.2", 422),
        ("programme", "POKL", 422),
        ("programme", None, 201),
        ("priority", None, 201),
        ("measure", None, 201),
        ("sub_measure", None, 422),
    ],
)
async def test_a_level_is_below_its_parents(service: CallsService, level: str, parent: str | None, status: int) -> None:
    await service.add_tree()
    before = service.row_counts()
    answer = await service.officer.post(NODES, json=node("9.9", level, parent))
    assert answer.status_code == status, answer.text
    if status == 422:
        assert_problem(answer, 422, "level_not_below_parent" if parent else "sub_measure_without_parent")
        assert service.row_counts() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("office", "00"), ("office", "4"), ("office", "040"), ("office", "٠٤"), ("code", ""), ("code", "7 2"),
        ("code", "7/2"), ("level", "action"), ("name", " "), ("name", "x" * 501), ("selection_mode", "lottery"),
        ("valid_from", "2011-02-30"), ("source_notes", [{"column": "signed", "text": "KSI"}]), ("valid_from", None),
        ("parent", "ż"), ("external_ids", [{"system": " ", "value": "1"}]),
    ],
)  # fmt: skip
async def test_a_malformed_node_is_refused(shared_calls: CallsService, field: str, value: object) -> None:
    before = shared_calls.row_counts()
    answer = await shared_calls.officer.post(NODES, json=node("7.1", "measure") | {field: value})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(f"/{field}")
    assert shared_calls.row_counts() == before


async def test_a_code_is_given_once_even_to_two_who_ask_at_once(service: CallsService) -> None:
    bodies = [node("7.1", "measure", name=f"Działanie {number}") for number in range(4)]
    answers = await asyncio.gather(*(service.officer.post(NODES, json=body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    assert [refusal["code"] for refusal in refusals] == ["node_code_taken"] * 3
    assert refusals[0]["errors"][0]["pointer"] == "/code"
    assert service.row_counts()["programme_node"] == service.row_counts()["programme_node_version"] == 1


async def test_change_appends_a_version_and_an_event_with_both_states(service: CallsService) -> None:
    made = await service.add_node("7.2", "measure", selection_mode="competitive")
    notes = [{"column": "submitted", "text": "Dane na podstawie KSI SIMIK"}]
    state = {"name": "Przeciwdziałanie", "selection_mode": None, "valid_from": "2010-01-01", "source_notes": notes}
    changed = await service.officer.put(f"{NODES}/{made['id']}", json=state, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    assert changed.json() == made | state | {"version": 2}
    versions = service.query("select version, name, valid_from::text, source_notes from programme_node_version")
    assert versions == [(1, "Nazwa 7.2", "2007-01-01", []), (2, "Przeciwdziałanie", "2010-01-01", notes)]
    assert service.events("programme-node.defined") == [{"families": ["programme"], "data": made}]
    assert service.events("programme-node.changed") == [{"families": ["programme"], "data": changed.json()}]
    told = service.query("select before, after from change where action = 'programme-node.changed'")
    assert told == [(made, changed.json())]


async def test_a_version_does_not_begin_before_the_current_one(service: CallsService) -> None:
    made = await service.add_node("7.2", "measure", valid_from="2010-01-01")
    state = {"name": "Inna", "valid_from": "2009-12-31"}
    early = await service.officer.put(f"{NODES}/{made['id']}", json=state, headers={"If-Match": '"v1"'})
    assert_problem(early, 409, "version_not_later")
    # The same day corrects it.
    same = await service.officer.put(
        f"{NODES}/{made['id']}", json=state | {"valid_from": "2010-01-01"}, headers={"If-Match": '"v1"'}
    )
    assert (same.status_code, same.json()["name"]) == (200, "Inna")


async def test_an_equal_state_is_no_change(service: CallsService) -> None:
    made = await service.add_node("7.2", "measure")
    before = service.row_counts()
    state = {"name": "Nazwa 7.2", "valid_from": "2007-01-01"}
    answer = await service.officer.put(f"{NODES}/{made['id']}", json=state, headers={"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()) == (200, made)
    assert answer.headers["miernik-position"] == "calls=1"
    assert service.row_counts() == before


async def test_two_changes_at_once_are_one_change(service: CallsService) -> None:
    made = await service.add_node("7.2", "measure")
    states = [{"name": f"Nazwa {number}", "valid_from": "2011-01-01"} for number in range(4)]
    answers = await asyncio.gather(
        *(service.officer.put(f"{NODES}/{made['id']}", json=one, headers={"If-Match": '"v1"'}) for one in states)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_put_by_external_id_defines_and_then_changes(service: CallsService) -> None:
    address = f"{NODES}/by-external-id/ksi/12"
    defined = await service.officer.put(address, json=node("7.2", "measure"))
    assert (defined.status_code, defined.json()["external_ids"]) == (201, [external("ksi", "12")])
    unseen = await service.officer.put(address, json=node("7.2", "measure", name="Inna"))
    assert unseen.status_code == 428
    body = node("7.2", "measure", name="Inna", external_ids=[external("sl", "9")])
    changed = await service.officer.put(address, json=body, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["version"], changed.json()["name"]) == (200, 2, "Inna")
    assert changed.json()["external_ids"] == [external("ksi", "12"), external("sl", "9")]
    for known in (address, f"{NODES}/by-external-id/sl/9"):
        assert ok(await service.officer.get(known)) == changed.json()
    # A further identifier alone is a change too; the same one again is none.
    body = body | {"external_ids": [external("sl", "10")]}
    assert ok(await service.officer.put(address, json=body, headers={"If-Match": '"v2"'}))["version"] == 3
    assert ok(await service.officer.put(address, json=body, headers={"If-Match": '"v3"'}))["version"] == 3


@pytest.mark.parametrize("change", [{"code": "7.3"}, {"level": "priority"}, {"office": "32"}, {"parent": "VII"}])
async def test_a_put_by_external_id_cannot_make_another_node_of_it(
    service: CallsService, change: dict[str, str]
) -> None:
    await service.add_node("VII", "priority")
    await service.add_node("VII", "priority", office="32")
    address = f"{NODES}/by-external-id/ksi/12"
    ok(await service.officer.put(address, json=node("7.2", "measure")))
    moved = await service.officer.put(address, json=node("7.2", "measure") | change, headers={"If-Match": '"v1"'})
    assert_problem(moved, 409, "node_identity_changed")
    gone = await service.officer.put(
        f"{NODES}/by-external-id/ksi/13", json=node("9", "measure"), headers={"If-Match": '"x"'}
    )
    assert gone.status_code == 412


async def test_an_external_id_belongs_to_one_node(service: CallsService) -> None:
    await service.add_node("7.1", "measure", external_ids=[external("ksi", "1")])
    before = service.row_counts()
    answer = await service.officer.post(NODES, json=node("7.2", "measure", external_ids=[external("ksi", "1")]))

    assert_problem(answer, 409, "external_id_taken", at="/external_ids/0")
    assert service.row_counts() == before


async def test_two_upserts_at_once_define_one_node(service: CallsService) -> None:
    address = f"{NODES}/by-external-id/ksi/12"
    answers = await asyncio.gather(*(service.officer.put(address, json=node("7.2", "measure")) for _ in range(3)))
    statuses = sorted(answer.status_code for answer in answers)

    assert (statuses[0], set(statuses[1:]) <= {409, 428}) == (201, True)
    assert service.row_counts()["programme_node"] == 1


async def test_nodes_are_listed_by_code_part_by_part(service: CallsService) -> None:
    wanted = ["V", "VI", "6.2", "6.10", "VII", "7.2", "7.2.2", "7.2.10", "7.10", "IX", "POKL"]
    for code in reversed(wanted):
        await service.add_node(code, "measure")
    await service.add_node("1", "measure", office="32")
    listed = ok(await service.officer.get(NODES, params={"office": "04"}))["items"]
    assert [one["code"] for one in listed] == wanted
    read: list[str] = []
    address: str | None = f"{NODES}?limit=5"
    while address:
        page = await service.officer.get(address)
        read += [f"{one['office']}/{one['code']}" for one in ok(page)["items"]]
        address = page.headers.get("link", "").partition(">")[0].lstrip("<") or None
    assert read == [*(f"04/{code}" for code in wanted), "32/1"]


async def test_nodes_are_found_by_office_level_code_and_parent(service: CallsService) -> None:
    await service.add_tree()
    await service.add_tree(office="32")

    async def find_codes(**query: str) -> list[str]:
        return [one["code"] for one in ok(await service.officer.get(NODES, params=query))["items"]]

    assert await find_codes(office="04", parent="7.2") == ["7.2.1", "7.2.2"]
    assert await find_codes(office="32", level="measure") == ["7.1", "7.2", "7.3"]
    assert await find_codes(code="VII") == ["VII", "VII"]
    assert await find_codes(code="VIII") == []
