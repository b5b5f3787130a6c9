"""The report of the calls: which calls, which figures, as known when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_service import CALLS, NODES, CallsService, call, running_calls

from miernik_local.provision import DatabaseUrls

ADDRESS = "/v1/reports/calls"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


async def rows(service: CallsService, **query: str) -> list[dict[str, Any]]:
    return (await service.report("calls", **query))["rows"]


async def titles(service: CallsService, **query: str) -> str:
    return "".join(row["title"] for row in await rows(service, **query))


async def submitted(service: CallsService, made: dict[str, Any], day: str, value: str) -> None:
    """An application of a call."""
    ((count,),) = service.query("select count(*) from application")
    body = {"number": f"WND-{count + 1}", "office": made["office"], "call": made["id"], "submitted_on": day}
    ok(await service.officer.post("/v1/applications", json=body | {"submitted_value_pln": value}))


async def test_a_row_shows_the_call_and_its_applications(service: CallsService) -> None:
    nodes = await service.add_tree()
    made = await service.add_call(
        node="7.2.1", title="Drugi konkurs zamknięty", theme="ogólny", project_type="staże",
        closes_on="2011-08-12", budget_pln="14618532.07", planned_signing_from="2011-12", planned_signing_to="2012-01",
    )  # fmt: skip
    await submitted(service, made, "2011-08-12", "92406000.61")
    await submitted(service, made, "2011-08-11", "118.00")
    await submitted(service, made, "2011-09-27", "1.00")
    report = await service.report("calls", as_of="2011-09-26")
    ((recorded,),) = service.query("select at from head")
    known_at = recorded.isoformat().replace("+00:00", "Z")
    assert report["rows"] == [
        {
            "call_id": made["id"],
            "office": "04",
            "node_id": nodes["7.2.1"]["id"],
            "code": "7.2.1",
            "node_name": "Nazwa 7.2.1",
            "level": "sub_measure",
            "number": None,
            "title": "Drugi konkurs zamknięty",
            "theme": "ogólny",
            "project_type": "staże",
            "kind": "closed",
            "announced_on": None,
            "closes_on": "2011-08-12",
            "budget_pln": "14618532.07",
            "applications": {"number": 2, "value_pln": "92406118.61"},
            "planned_signing": {"from": "2011-12", "to": "2012-01"},
            "proof": f"/v1/applications?call={made['id']}&stage=submitted&as_of=2011-09-26&known_at={known_at}",
        }
    ]
    assert report["headings"] == [{"office": "04", "level": "priority", "code": "VII", "name": "Nazwa VII"}]
    known = {name: report[name] for name in ("as_of", "known_at", "office", "year", "position")}
    ((position,),) = service.query("select position from head")
    assert known == {"as_of": "2011-09-26", "known_at": None, "office": "04", "year": None, "position": position}


async def test_what_is_not_known_is_null_and_what_is_known_to_be_none_is_zero(service: CallsService) -> None:
    await service.add_call(title="A")
    await service.add_call(title="B", applications_complete=True)
    unknown, none = await rows(service)
    missing = ("node_id", "code", "node_name", "level", "number", "theme", "project_type", "closes_on", "budget_pln")

    assert [unknown[field] for field in (*missing, "applications", "planned_signing")] == [None] * 11
    assert none["applications"] == {"number": 0, "value_pln": "0.00"}


async def test_applications_count_from_their_day_on(service: CallsService) -> None:
    made = await service.add_call()
    await submitted(service, made, "2011-08-12", "100.00")

    assert [row["applications"] for row in await rows(service, as_of="2011-08-11")] == [None]
    assert (await rows(service, as_of="2011-08-12"))[0]["applications"] == {"number": 1, "value_pln": "100.00"}


async def test_application_counts_for_its_call_whatever_its_node_and_its_end(
    service: CallsService,
) -> None:
    await service.add_tree()
    one, other = await service.add_call(node="7.2.1"), await service.add_call(node="7.2.2")
    body = {"submitted_on": "2011-01-01", "submitted_value_pln": "5.00", "call": one["id"]}
    for number, more in enumerate(({"node": "7.2.1"}, {"node": "7.3", "withdrawn_on": "2011-02-01"}, {})):
        ok(await service.officer.post("/v1/applications", json=body | more | {"number": str(number)}))
    moved = ok(await service.officer.get("/v1/applications?number=2"))["items"][0]
    assert [row["applications"] for row in await rows(service)] == [{"number": 3, "value_pln": "15.00"}, None]
    state = body | {"call": other["id"]}
    address = f"/v1/applications/{moved['id']}"
    ok(await service.officer.put(address, json=state, headers={"If-Match": '"v1"'}))
    assert [row["applications"]["value_pln"] for row in await rows(service)] == ["10.00", "5.00"]
    ok(await service.officer.put(address, json=body, headers={"If-Match": '"v2"'}))
    assert [row["applications"] for row in await rows(service)] == [{"number": 3, "value_pln": "15.00"}, None]


async def test_the_proof_leads_to_the_applications(service: CallsService) -> None:
    made, other = await service.add_call(), await service.add_call()
    await submitted(service, made, "2011-01-01", "1.00")
    await submitted(service, other, "2011-01-01", "1.00")
    row = (await rows(service))[0]
    behind = ok(await service.officer.get(row["proof"]))["items"]

    assert [(one["call"], one["submitted_value_pln"]) for one in behind] == [(made["id"], "1.00")]


async def test_a_single_planned_month_is_both_ends(service: CallsService) -> None:
    await service.add_call(planned_signing_from="2011-10")
    assert (await rows(service))[0]["planned_signing"] == {"from": "2011-10", "to": "2011-10"}


async def test_calls_stand_in_order_of_codes_and_closing_days(service: CallsService) -> None:
    await service.add_tree()
    await service.add_node("7.10", "measure", "VII")
    for title, node, closes_on in (
        ("I", None, "2011-01-01"), ("H", "POKL", "2011-01-01"), ("F", "7.10", "2011-01-01"), ("E", "7.3", "2011-01-01"),
        ("G", "VII", None), ("C", "7.2.1", None), ("B", "7.2.1", "2011-08-12"), ("A", "7.2.1", "2011-04-29"),
        ("D", "7.2.2", "2011-01-01"),
    ):  # fmt: skip
        await service.add_call(title=title, node=node, closes_on=closes_on)

    # First what hangs on measures, then on what is above them, where VII is a number and comes before letters.
    assert await titles(service) == "ABCDEFGHI"


async def test_the_year_is_that_of_closing_or_else_of_the_announcement_or_the_plan(service: CallsService) -> None:
    await service.add_call(title="A", announced_on="2010-12-01", closes_on="2011-01-31")
    await service.add_call(title="B", announced_on="2011-12-01")
    await service.add_call(title="C", announced_on="2011-12-01", closes_on="2012-01-31")
    await service.add_call(title="D")
    await service.add_call(title="E", planned_signing_from="2013-01", planned_signing_to="2014-01")

    assert await titles(service, year="2011") == "AB"
    assert await titles(service, year="2012") == "C"
    assert await titles(service, year="2013") == "E"
    assert await titles(service, year="2010") == await titles(service, year="2014") == ""
    assert await titles(service) == "ABCDE"
    assert (await service.report("calls/bounds"))["years"] == [2011, 2012, 2013]


async def test_a_year_says_how_many_calls_are_in_no_year(service: CallsService) -> None:
    await service.add_tree()
    for title, office, node in (("A", "04", "7.2"), ("B", "04", "7.3"), ("C", "32", None)):
        await service.add_call(title=title, office=office, node=node)
    await service.add_call(title="D", closes_on="2011-01-31")

    async def undated(**query: str) -> list[tuple[str, int]]:
        return [(one["office"], one["number"]) for one in (await service.report("calls", **query))["undated"]]

    assert await undated(year="2011") == await undated(year="1999") == [("04", 2)]
    assert await undated(year="2011", measure="7.2") == [("04", 1)]
    assert await undated(year="2011", measure="7.1") == []
    assert await undated(year="2011", office="PL") == [("04", 2), ("32", 1)]
    assert await undated() == []


async def test_a_measure_brings_what_hangs_below_it(service: CallsService) -> None:
    await service.add_tree()
    for title, node in (("A", "7.2"), ("B", "7.2.2"), ("C", "7.3"), ("D", "VII"), ("E", None)):
        await service.add_call(title=title, node=node)

    assert await titles(service, measure="7.2") == "AB"
    assert await titles(service, measure="VII") == "ABCD"
    assert await titles(service, measure="POKL", year="1999") == ""


async def test_no_office_is_mixed_in_unless_asked(service: CallsService) -> None:
    await service.add_tree()
    await service.add_tree(office="32")
    here = await service.add_call(title="A", node="7.2.1")
    there = await service.add_call(title="B", node="7.2.1", office="32")
    await submitted(service, here, "2011-01-01", "1.00")
    await submitted(service, there, "2011-01-01", "2.00")
    assert await titles(service) == await titles(service, office="04") == "A"
    report = await service.report("calls", office="PL")
    assert report["office"] == "PL"
    assert [(row["office"], row["applications"]["value_pln"]) for row in report["rows"]] == [
        ("04", "1.00"),
        ("32", "2.00"),
    ]
    assert [heading["office"] for heading in report["headings"]] == ["04", "32"]


async def test_a_call_is_shown_as_it_stood_on_the_day(service: CallsService) -> None:
    node = await service.add_node("7.2", "measure")
    made = await service.add_call(node="7.2", closes_on="2011-05-31", valid_from="2011-04-01")
    state = call(node="7.2", closes_on="2012-01-15", valid_from="2011-05-20")
    ok(await service.officer.put(f"{CALLS}/{made['id']}", json=state, headers={"If-Match": '"v1"'}))
    renamed = {"name": "Nowa nazwa", "valid_from": "2011-05-01"}
    ok(await service.officer.put(f"{NODES}/{node['id']}", json=renamed, headers={"If-Match": '"v1"'}))
    assert await rows(service, as_of="2011-03-31") == []
    (before,) = await rows(service, as_of="2011-04-30")
    (after,) = await rows(service, as_of="2011-05-20")
    assert (before["closes_on"], before["node_name"]) == ("2011-05-31", "Nazwa 7.2")
    assert (after["closes_on"], after["node_name"]) == ("2012-01-15", "Nowa nazwa")
    assert len(await rows(service, as_of="2011-05-19", year="2011")) == 1
    assert await rows(service, as_of="2011-05-20", year="2011") == []


async def test_a_node_that_was_not_yet_named_goes_by_its_first_name(service: CallsService) -> None:
    node = await service.add_node("7.2", "measure", valid_from="2011-06-01")
    state = {"name": "Nowa nazwa", "valid_from": "2011-07-01"}
    ok(await service.officer.put(f"{NODES}/{node['id']}", json=state, headers={"If-Match": '"v1"'}))
    await service.add_call(node="7.2", valid_from="2011-01-01")

    assert (await rows(service, as_of="2011-02-01"))[0]["node_name"] == "Nazwa 7.2"


async def test_what_was_known_stays_as_it_was(service: CallsService) -> None:
    await service.add_tree()
    made = await service.add_call(title="A", node="7.2.1", budget_pln="100.00")
    await submitted(service, made, "2011-01-01", "1.00")
    ((moment,),) = service.query("select max(at) from change")
    question = {"as_of": "2011-09-26", "known_at": moment.isoformat()}
    then = await service.report("calls", **question)
    state = call(title="A", node="7.3", budget_pln="200.00")
    ok(await service.officer.put(f"{CALLS}/{made['id']}", json=state, headers={"If-Match": '"v1"'}))
    await service.add_call(title="B")
    await submitted(service, made, "2011-01-02", "2.00")
    assert await service.report("calls", **question) == then
    assert [(row["code"], row["budget_pln"], row["applications"]) for row in then["rows"]] == [
        ("7.2.1", "100.00", {"number": 1, "value_pln": "1.00"})
    ]
    now = await service.report("calls", as_of="2011-09-26")
    assert [(row["code"], row["budget_pln"]) for row in now["rows"]] == [("7.3", "200.00"), (None, None)]
    assert now["rows"][0]["applications"] == {"number": 2, "value_pln": "3.00"}


@pytest.mark.parametrize("report", ["calls", "pipeline"])
async def test_a_past_read_over_its_time_budget_says_so(service: CallsService, report: str) -> None:
    made = await service.add_call()
    await submitted(service, made, "2011-01-01", "1.00")
    ((moment,),) = service.query("select max(at) from change")
    question = {"as_of": "2011-09-26", "known_at": moment.isoformat()}
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(service.urls.superuser) as other:
        patch.setattr(service.app.state.service.settings, "past_read_seconds", 0.05)
        other.execute("lock table calls.application_version")
        answer = await service.officer.get(f"/v1/reports/{report}", params=question)
    assert_problem(answer, 503, "past_read_too_long")
    assert "0.05 s" in answer.json()["detail"]
    ok(await service.officer.get(f"/v1/reports/{report}", params=question))


@pytest.mark.parametrize(
    "question",
    [
        {"as_of": "2011-02-30"}, {"office": "4"}, {"office": "pl"}, {"office": "00"}, {"year": "11"}, {"year": "x"},
        {"known_at": "yesterday"}, {"known_at": "2011-01-01T00:00:00Z"}, {"known_at": "2999-01-01T00:00:00Z"},
        {"measure": "x" * 41},
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_answered_is_refused(
    shared_calls: CallsService, question: dict[str, str]
) -> None:
    answer = await shared_calls.officer.get(ADDRESS, params=question)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_the_bounds_say_what_can_be_asked(service: CallsService) -> None:
    empty = await service.report("calls/bounds")
    assert empty == {
        "first_on": None, "last_on": None, "offices": [], "measures": [], "years": [], "position": 0,
    }  # fmt: skip
    await service.add_tree()
    await service.add_call(valid_from="2011-02-01", closes_on="2012-01-31", announced_on="2011-02-01")
    made = await service.add_call(valid_from="2010-02-01", announced_on="2010-02-01", office="32")
    await service.add_call(valid_from="2011-03-01", office="32")
    bounds = await service.report("calls/bounds")
    assert (bounds["first_on"], bounds["last_on"]) == ("2010-02-01", "2011-03-01")
    assert bounds["offices"] == [{"code": "04", "name": None}, {"code": "32", "name": None}]
    assert bounds["years"] == [2010, 2012]
    assert bounds["measures"] == [
        {"code": code, "name": f"Nazwa {code}", "office": "04"} for code in ("7.1", "7.2", "7.3")
    ]
    await submitted(service, made, "2011-09-01", "1.00")
    assert (await service.report("calls/bounds"))["last_on"] == "2011-09-01"
