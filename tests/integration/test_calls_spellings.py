"""Spellings of one number in calls: none makes a second application, call or external id, in whatever way it comes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.builders.applications import APPLICATIONS, add, application, fold, list_of, rollup, send, submitted
from tests.support.builders.spellings import RECOGNISED_SPELLINGS, REFUSED_SPELLINGS, respell
from tests.support.services.calls_service import CALLS, ORGANISATIONS, CallsService, call, external

SAME = {
    **{name: form.format("ZW-1/11 a") for name, form in RECOGNISED_SPELLINGS.items()},
    **respell("ZW-1/11 a"),
}
UNSEEN = {name: form.format("ZW-1/11 a") for name, form in REFUSED_SPELLINGS.items()}
BY_EXTERNAL_ID = f"{APPLICATIONS}/by-external-id"


@pytest.fixture(scope="module")
async def first_application(shared_calls: CallsService) -> dict[str, Any]:
    """The application whose number the tests spell in other ways."""
    ok(await send(shared_calls, list_of([submitted("ZW-1/11 a", node="7.2.1")])))
    (one,) = ok(await shared_calls.officer.get(APPLICATIONS, params={"number": "ZW-1/11 a"}))["items"]
    return one


@pytest.mark.parametrize("spelling", SAME.values(), ids=SAME)
async def test_another_spelling_in_a_list_means_the_same_application(
    shared_calls: CallsService, first_application: dict[str, Any], spelling: str
) -> None:
    answer = ok(await send(shared_calls, list_of([submitted(spelling, node="7.2.1")])))
    assert (answer["created"], answer["changed"], answer["unchanged"]) == (0, 0, 1)
    assert rollup(shared_calls) == fold(shared_calls)


@pytest.mark.parametrize("spelling", UNSEEN.values(), ids=UNSEEN)
async def test_an_invisible_character_in_a_list_is_named(
    shared_calls: CallsService, first_application: dict[str, Any], spelling: str
) -> None:
    before = shared_calls.row_counts()["application"]
    content = list_of([submitted(spelling.replace("\x00", "\x01"))])
    answer = await send(shared_calls, content, dry_run="true")
    assert_problem(answer, 422, "text_unprintable", at="/rows/2/number")
    (error,) = answer.json()["errors"]
    assert (error["column"], error["row"]) == ("number", 2)
    assert f"({error['params']['seen']})" in error["message"]
    assert f"znak nr {error['params']['expected']} " in error["message"]
    assert shared_calls.row_counts()["application"] == before


async def test_two_spellings_in_one_list_are_repeated(shared_calls: CallsService) -> None:
    answer = await send(shared_calls, list_of([submitted("ZW-7/11"), submitted("'ZW\u20117/11")]))
    assert codes(answer) == ["number_repeated", "number_repeated"]


async def test_a_changed_row_keeps_the_number_as_it_was_written(shared_calls: CallsService) -> None:
    made = await add(shared_calls, number="ZW-8/11")
    changed = ok(await send(shared_calls, list_of([submitted('="ZW-8/11"', title="Nowy tytuł")])))
    assert (changed["created"], changed["changed"]) == (0, 1)
    (one,) = ok(await shared_calls.officer.get(APPLICATIONS, params={"number": "ＺＷ-8/11"}))["items"]
    assert (one["id"], one["number"], one["title"]) == (made["id"], "ZW-8/11", "Nowy tytuł")


@pytest.mark.parametrize("spelling", SAME.values(), ids=SAME)
async def test_another_spelling_of_a_single_application_is_taken(
    shared_calls: CallsService, first_application: dict[str, Any], spelling: str
) -> None:
    answer = await shared_calls.officer.post(APPLICATIONS, json=application(spelling))
    assert_problem(answer, 409, "application_number_taken", application_id=first_application["id"])
    found = ok(await shared_calls.officer.get(APPLICATIONS, params={"number": spelling}))["items"]
    assert [one["id"] for one in found] == [first_application["id"]]


@pytest.mark.parametrize("spelling", UNSEEN.values(), ids=UNSEEN)
async def test_an_invisible_character_in_a_field_is_named(
    shared_calls: CallsService, first_application: dict[str, Any], spelling: str
) -> None:
    answer = await shared_calls.officer.post(APPLICATIONS, json=application(spelling))
    assert_problem(answer, 422, "text_unprintable", at="/number")
    (error,) = answer.json()["errors"]
    assert f"({error['params']['character']})" in error["message"]
    # No query may have U+0000: it is refused at every address.
    sought = spelling.replace("\x00", "\x01")
    found = ok(await shared_calls.officer.get(APPLICATIONS, params={"number": sought}))["items"]
    assert [one["id"] for one in found] == [first_application["id"]]


async def test_a_number_of_a_call_is_taken_in_any_spelling(shared_calls: CallsService) -> None:
    held = await shared_calls.add_call(number="1/7.2.2/POKL - 2011")
    for spelling in ("1/7.2.2/POKL \u2013 2011", "1/7.2.2/POKL  -\u00a02011", "'1/7.2.2/POKL - 2011"):
        answer = await shared_calls.officer.post(CALLS, json=call(number=spelling))
        assert_problem(answer, 409, "call_number_taken", at="/number")
        found = ok(await shared_calls.officer.get(CALLS, params={"number": spelling}))["items"]
        assert [one["id"] for one in found] == [held["id"]]
        linked = ok(await send(shared_calls, list_of([submitted("ZW-9/11", call=spelling)]), dry_run="true"))
        assert (linked["created"], linked["findings"]) == (1, 0)


async def test_a_call_frees_its_number_with_a_new_one(shared_calls: CallsService) -> None:
    first = await shared_calls.add_call(number="K-1")
    renamed = call(number="K-2")
    ok(await shared_calls.officer.put(f"{CALLS}/{first['id']}", json=renamed, headers={"If-Match": '"v1"'}))
    second = await shared_calls.add_call(number="K\u20111")
    answer = await shared_calls.officer.put(
        f"{CALLS}/{second['id']}", json=call(number="K-2"), headers={"If-Match": '"v1"'}
    )
    assert_problem(answer, 409, "call_number_taken")
    held = shared_calls.query("select number_key, call.id from call_number join call using (call_no)")
    assert {(key, str(one)) for key, one in held} >= {("K-1", second["id"]), ("K-2", first["id"])}


@pytest.mark.parametrize(
    "name", ["\u200b", "MOPS\x1b[31m", "MOPS\r\nToruń", "MOPS\u2028 Toruń", "\u3164", "MOPS\u202e"]
)
async def test_a_name_that_nobody_can_read_is_refused(shared_calls: CallsService, name: str) -> None:
    made = await shared_calls.officer.post(ORGANISATIONS, json={"name": name})
    assert_problem(made, 422, "text_unprintable", at="/name")


async def test_an_external_id_belongs_to_one_thing_in_any_spelling(shared_calls: CallsService) -> None:
    one = await add(shared_calls, number="ZW-20/11", external_ids=[external("lsi", "A-1/2 x")])
    for system, value in (("lsi", "A\u20111/2 x"), ("\uff4csi", "A-1/2  x"), ("'lsi", '="A-1/2 x"')):
        body = application("ZW-21/11", external_ids=[external(system, value)])
        assert_problem(await shared_calls.officer.post(APPLICATIONS, json=body), 409, "external_id_taken")
        found = await shared_calls.officer.get(f"{BY_EXTERNAL_ID}/{system}/{value}")
        assert ok(found)["id"] == one["id"]
        again = await shared_calls.officer.put(f"{BY_EXTERNAL_ID}/{system}/{value}", json=submitted("ZW-20/11"))
        assert_problem(again, 428, "if_match_missing")
    assert ok(await shared_calls.officer.get(f"{BY_EXTERNAL_ID}/lsi/A-1%2F2%20x%E2%80%8B"))["id"] == one["id"]
    unseen = await shared_calls.officer.put(f"{BY_EXTERNAL_ID}/lsi/A-9%E2%80%8B", json=submitted("ZW-22/11"))
    assert_problem(unseen, 422, "text_unprintable", at="/path/value")


@pytest.mark.parametrize(
    ("system", "value", "at"),
    [
        ("lsi", ".", "value"), ("lsi", "..", "value"), ("lsi", "A/../B", "value"), ("lsi", "./A", "value"),
        ("lsi", "A/.", "value"), ("lsi", "\uff0e\uff0e", "value"), ("lsi", "A\u2215..\u2215B", "value"),
        (".", "1", "system"), ("..", "1", "system"), ("lsi/2", "1", "system"), ("lsi\u22152", "1", "system"),
    ],
)  # fmt: skip
async def test_an_external_id_that_has_no_address_is_refused(
    shared_calls: CallsService, system: str, value: str, at: str
) -> None:
    body = application("ZW-30/11", external_ids=[external(system, value)])
    answer = await shared_calls.officer.post(APPLICATIONS, json=body)
    assert_problem(answer, 422, "field_invalid", at=f"/external_ids/0/{at}", reason="external_id_unreadable")


@pytest.mark.parametrize(
    "value",
    ["A/B", "/A", "A/", "A//B", "...", "A/.../B", ".A", "%2e%2e", "A%2FB", "A?b#c", "A\\..\\B", "A;b", "ż ó", "+"],
)
async def test_every_stored_external_id_is_read_by_its_address(shared_calls: CallsService, value: str) -> None:
    body = application(f"ZW {value}", external_ids=[external("s", value)])
    made = ok(await shared_calls.officer.post(APPLICATIONS, json=body))
    address = f"{BY_EXTERNAL_ID}/s/{quote(value, safe='')}"
    assert ok(await shared_calls.officer.get(address))["id"] == made["id"]


async def test_references_in_a_list_are_recognised_in_any_spelling(shared_calls: CallsService) -> None:
    await shared_calls.add_organisation(regon="192598184", external_ids=[external("lsi", "B 1")])
    for number, row in enumerate((
        {"node": "7.2.1\u200b"}, {"node": "＇7.2.1"}, {"node": "'7.2.1"}, {"organisation": '="192598184"'},
        {"organisation": "192\u2011598\u2011184"}, {"organisation": "lsi:B\u00a01"},
        {"organisation": "\ufeff192598184"},
    )):  # fmt: skip
        answer = ok(await send(shared_calls, list_of([submitted(f"ZW-4{number}/11", **row)]), dry_run="true"))
        assert (answer["created"], answer["first_findings"]) == (1, []), row
