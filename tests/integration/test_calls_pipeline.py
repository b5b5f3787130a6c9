"""The report of the applications: the deck's table, any day as known at any moment, nothing known is not 0."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import add, imported, reach
from tests.support.services.calls_service import NODES, CallsService, running_calls

from miernik_local.provision import DatabaseUrls

# Number and value by stage, as a deck of the office prints them for the end of August 2011.
SLIDE = {
    "7.1.1": ((139, "77905316.44"), (139, "77512480.00"), (138, "76418210.18")),
    "7.1.2": ((22, "31480915.07"), (22, "31365200.00"), (21, "31102640.21")),
    "7.1.3": ((5, "7214880.35"), (5, "7120300.00"), (4, "7009456.00")),
    "7.2.1": ((612, "486214377.82"), (431, "351907264.19"), (118, "74217435.25")),
    "7.2.2": ((138, "142655081.46"), (96, "104318722.90"), (41, "29959549.88")),
    "7.3": ((1487, "69745312.11"), (1012, "47938605.73"), (334, "15843856.54")),
}
TOTAL = ((2403, "815215883.25"), (1705, "620162572.82"), (656, "234551148.06"))
STAGES = ("submitted", "formally_positive", "accepted")
DAYS = ("2011-03-15", "2011-05-20", "2011-08-31")
Cells = tuple[tuple[int | None, str | None], ...]


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with running_calls(database) as running:
        yield running


async def add_measures(service: CallsService) -> None:
    note = {"column": "submitted", "text": "Dane na podstawie KSI SIMIK"}
    await service.add_node("POKL", "programme", source_notes=[note])
    await service.add_node("VII", "priority", "POKL")
    for code in ("7.1", "7.2", "7.3"):
        await service.add_node(code, "measure", "VII")
    for code in ("7.2.2", "7.1.1", "7.1.3", "7.2.1", "7.1.2"):
        await service.add_node(code, "sub_measure", code[:3])


def applications_of(code: str) -> list[dict[str, Any]]:
    """As many applications as the deck counts, whose values add up to the deck's: equal ones and a last odd one."""
    rows: list[dict[str, Any]] = [
        {"number": f"WND-{code}-{one:04d}", "node": code, "title": "Projekt"} for one in range(SLIDE[code][0][0])
    ]
    for stage, day, (number, total) in zip(STAGES, DAYS, SLIDE[code], strict=True):
        value = (Decimal(total) / number).quantize(Decimal("1"))
        for row in rows[:number]:
            row |= {f"{stage}_on": day, f"{stage}_value_pln": value}
        rows[0][f"{stage}_value_pln"] = Decimal(total) - value * (number - 1)
    return rows


def cells(row: dict[str, Any]) -> Cells:
    return tuple((row[stage]["number"], row[stage]["value_pln"]) for stage in STAGES)


def by_code(report: dict[str, Any]) -> dict[str | None, Cells]:
    return {row["code"] or row["kind"]: cells(row) for row in report["rows"]}


async def test_a_tree_without_priorities_is_named_by_its_top(service: CallsService) -> None:
    await service.add_node("POKL", "programme")
    await service.add_node("7.1", "measure", "POKL")
    await service.add_node("9.9", "measure", office="32")
    report = await service.report("pipeline", office="PL")

    assert [(one["office"], one["level"], one["code"]) for one in report["headings"]] == [
        ("04", "programme", "POKL"),
        ("32", "measure", "9.9"),
    ]


async def test_the_table_of_the_deck(service: CallsService) -> None:
    await add_measures(service)
    rows = [row for code in SLIDE for row in applications_of(code)]
    assert (await imported(service, rows))["created"] == 2403
    report = await service.report("pipeline", as_of="2011-08-31")
    assert [row["code"] for row in report["rows"]] == [*SLIDE, None]
    assert by_code(report) == SLIDE | {"total": TOTAL}
    assert all(row["complete"] for row in report["rows"])
    assert [row["measure"] for row in report["rows"]] == ["7.1", "7.1", "7.1", "7.2", "7.2", "7.3", None]
    assert (report["office"], [one["code"] for one in report["headings"]]) == ("04", ["VII"])
    note = {"office": "04", "column": "submitted", "text": "Dane na podstawie KSI SIMIK", "date": "2011-08-31"}
    assert report["sources"] == [note]
    # Before the acceptances of the last day the column of accepted ones holds none: that is 0, and known to be.
    earlier = await service.report("pipeline", as_of="2011-08-30")
    assert by_code(earlier)["total"] == (*TOTAL[:2], (0, "0.00"))
    # Before the first day nothing is known of any measure.
    nothing = await service.report("pipeline", as_of="2011-03-14")
    assert set(by_code(nothing).values()) == {((None, None),) * 3}
    assert not any(row["complete"] for row in nothing["rows"])
    assert nothing["sources"] == []


async def test_a_measure_brings_its_sub_measures_and_their_total(service: CallsService) -> None:
    await add_measures(service)
    await imported(service, [*applications_of("7.1.3"), *applications_of("7.2.2")])
    report = await service.report("pipeline", as_of="2011-08-31", measure="7.1")
    expected = dict.fromkeys(("7.1.1", "7.1.2"), ((None, None),) * 3) | {"7.1.3": SLIDE["7.1.3"]}

    assert by_code(report) == expected | {"total": SLIDE["7.1.3"]}
    assert [row["complete"] for row in report["rows"]] == [False, False, True, False]


async def test_what_hangs_on_an_inner_node_or_on_none_has_a_row_of_its_own(service: CallsService) -> None:
    await add_measures(service)
    await add(service, number="A", node="7.1", submitted_value_pln="1.00")
    await add(service, number="B", submitted_value_pln="2.00")
    report = await service.report("pipeline", as_of="2011-08-31")
    kinds = [(row["kind"], row["code"], row["level"]) for row in report["rows"]]
    assert kinds[0] == ("node", "7.1", "measure")
    assert {row["code"] for row in report["rows"] if row["directly_on"] is not None} == {"7.1"}
    assert report["rows"][0]["directly_on"] == "measure"
    assert kinds[-2:] == [("unassigned", None, None), ("total", None, None)]
    sums = by_code(report)
    assert (sums["7.1"][0], sums["unassigned"][0], sums["total"][0]) == ((1, "1.00"), (1, "2.00"), (2, "3.00"))
    without = await service.report("pipeline", as_of="2011-08-31", measure="7.1")
    assert by_code(without)["total"][0] == (1, "1.00")


async def test_offices_stand_beside_each_other_and_never_in_one_row(service: CallsService) -> None:
    for office in ("32", "04"):
        await service.add_node("7.3", "measure", office=office)
    await add(service, number="A", node="7.3", submitted_value_pln="1.00")
    await add(service, number="A", node="7.3", office="32", submitted_value_pln="2.00")
    await add(service, number="B", office="10", submitted_value_pln="4.00")
    report = await service.report("pipeline", as_of="2011-08-31", office="PL")
    rows = [(row["office"], row["kind"], row["submitted"]["value_pln"]) for row in report["rows"]]
    assert rows == [
        ("04", "node", "1.00"), ("04", "total", "1.00"), ("10", "unassigned", "4.00"), ("10", "total", "4.00"),
        ("32", "node", "2.00"), ("32", "total", "2.00"),
    ]  # fmt: skip
    other = await service.report("pipeline", as_of="2011-08-31", office="32")
    assert by_code(other)["total"][0] == (1, "2.00")
    assert by_code(await service.report("pipeline", as_of="2007-01-01", office="10")) == {"total": ((None, None),) * 3}


async def test_a_value_that_rises_is_a_finding_that_names_the_application(service: CallsService) -> None:
    await add_measures(service)
    one = await add(service, number="A", node="7.3")
    one = ok(await reach(service, one, "formally_positive", "2011-03-01", "1000.01"))
    assert [(found["pointer"], found["code"], found["severity"]) for found in one["findings"]] == [
        ("/formally_positive_value_pln", "value_above_earlier_stage", "warning")
    ]
    await add(service, number="B", node="7.3")
    report = await service.report("pipeline", as_of="2011-03-01")
    node = next(row for row in report["rows"] if row["code"] == "7.3")
    assert report["findings"] == [
        {
            "code": "value_above_earlier_stage", "office": "04", "node": node["node_id"], "stage": "formally_positive",
            "count": 1, "applications": [{"id": one["id"], "number": "A"}],
        }
    ]  # fmt: skip
    assert (await service.report("pipeline", as_of="2011-02-28"))["findings"] == []
    assert (await service.report("pipeline", as_of="2011-03-01", measure="7.2"))["findings"] == []


async def test_the_past_stays_as_it_was_known(service: CallsService) -> None:
    await add_measures(service)
    one = await add(service, number="A", node="7.3", submitted_value_pln="1000.00")
    first = instant_of(service)
    path = f"/v1/applications/{one['id']}"
    state = {"node": "7.2.1", "submitted_on": "2011-01-15", "submitted_value_pln": "900.00"}
    ok(await service.officer.put(path, json=state, headers={"If-Match": '"v1"'}))
    then = await service.report("pipeline", as_of="2011-02-01", known_at=first)
    assert (by_code(then)["7.3"][0], by_code(then)["7.2.1"][0]) == ((1, "1000.00"), (None, None))
    assert by_code(await service.report("pipeline", as_of="2011-01-31", known_at=first))["7.3"][0] == (None, None)
    now = await service.report("pipeline", as_of="2011-01-31")
    assert (by_code(now)["7.3"][0], by_code(now)["7.2.1"][0]) == ((None, None), (1, "900.00"))
    assert (then["known_at"], then["position"] < now["position"]) == (first, True)


async def test_the_past_shows_the_programme_as_it_was_known(service: CallsService) -> None:
    await add_measures(service)
    node = await service.add_node("7.4", "measure", "VII")
    await add(service, number="A", node="7.4")
    question = {"as_of": "2011-08-31", "known_at": instant_of(service)}
    then = await service.report("pipeline", **question)

    renamed = {"name": "Nowa nazwa", "valid_from": "2007-01-01"}
    ok(await service.officer.put(f"{NODES}/{node['id']}", json=renamed, headers={"If-Match": '"v1"'}))
    await service.add_node("7.5", "measure", "VII")

    assert await service.report("pipeline", **question) == then
    now = await service.report("pipeline", as_of="2011-08-31")
    names = [[row["name"] for row in report["rows"][-3:-1]] for report in (then, now)]
    assert names == [["Nazwa 7.3", "Nazwa 7.4"], ["Nowa nazwa", "Nazwa 7.5"]]


@pytest.mark.parametrize("first", ["node", "call", "application"])
async def test_an_office_is_unknown_before_its_first_record(service: CallsService, first: str) -> None:
    await service.add_organisation()
    question = {"office": "32", "as_of": "2011-08-31"}
    before = {"known_at": instant_of(service)}
    if first == "node":
        await service.add_node("9.9", "measure", office="32")
    elif first == "call":
        await service.add_call(office="32")
    else:
        await add(service, office="32")
    known = {"known_at": instant_of(service)}

    past = await service.officer.get("/v1/reports/pipeline", params=question | before)

    assert_problem(past, 422, "report_office_unknown")
    for moment in (known, {}):
        assert (await service.report("pipeline", **question | moment))["office"] == "32"


async def test_bounds_say_what_can_be_asked(service: CallsService) -> None:
    empty = await service.report("pipeline/bounds")
    assert (empty["first_on"], empty["offices"], empty["years"]) == (None, [], [])
    await add_measures(service)
    one = await add(service, number="A", node="7.3", submitted_on="2009-12-31")
    await reach(service, one, "formally_positive", "2011-03-01", "10")
    await add(service, number="B", office="32", submitted_on="2010-06-30")
    bounds = await service.report("pipeline/bounds")
    assert (bounds["first_on"], bounds["last_on"], bounds["years"]) == ("2009-12-31", "2011-03-01", [2009, 2010, 2011])
    assert [office["code"] for office in bounds["offices"]] == ["04", "32"]
    assert [measure["code"] for measure in bounds["measures"]] == ["7.1", "7.2", "7.3"]


def instant_of(service: CallsService) -> str:
    """The moment of the latest change, as the API writes it."""
    ((at,),) = service.query("select max(at) from change")
    return at.isoformat().replace("+00:00", "Z")
