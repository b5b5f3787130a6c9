"""Scenario through all services, from a call for proposals to the figures of the dashboards.

A call is opened, applications come in, agreements are signed and amended, a gmina reports; then the four dashboards on
three days, and once more as everything was known in the middle of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.support.answers import ok
from tests.support.services.indicators_service import csv
from tests.support.services.office_client import Office
from tests.support.services.running_system import own_database, running_system

FIRST_DAY = "2010-01-01"
SPRING, SUMMER, WINTER = "2011-03-31", "2011-07-31", "2011-12-31"
LEARNING_SECONDS = 120.0
APPLICATIONS = """number;node;call;organisation;title;submitted_on;submitted_value_pln
W-1;7.2.1;1/7.2.1/2011;test:ngo;Razem;2011-02-10;100000,00
W-2;7.2.1;1/7.2.1/2011;test:ngo;Osobno;2011-02-11;50000,00
W-3;7.2.1;1/7.2.1/2011;;Trzeci;2011-02-12;30000,00
"""


class Story:
    """Steps of the office; ``nodes`` and ``applications`` are ids by code and number."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.office = Office(client)
        self.nodes: dict[str, str] = {}
        self.applications: dict[str, str] = {}
        self.halfway = ""

    def post(self, path: str, body: dict[str, Any], *, etag: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self.client.post(path, json=body, headers=headers | ({"If-Match": etag} if etag else {}))
        ok(answer)
        return answer

    def define_the_programme(self) -> None:
        tree = (("programme", "PO", None), ("priority", "VII", "PO"), ("measure", "7.2", "VII"))
        for level, code, parent in (*tree, ("sub_measure", "7.2.1", "7.2")):
            body = {"level": level, "code": code, "parent": parent, "name": f"Węzeł {code}", "valid_from": FIRST_DAY}
            self.nodes[code] = self.post("/v1/programme-nodes", body).json()["id"]
        self.post("/v1/exchange-rates", {"source": "programming", "effective_on": FIRST_DAY, "rate": "4.0000"})
        allocation = {"amount_eur": "100000.00", "rate_source": "programming", "effective_on": FIRST_DAY}
        self.post("/v1/allocations", allocation | {"node_id": self.nodes["7.2"]})

    def open_a_call(self) -> None:
        known = [{"system": "test", "value": "ngo"}]
        self.post("/v1/organisations", {"name": "Żółw", "kind": "NGO", "external_ids": known})
        call = {"node": "7.2.1", "number": "1/7.2.1/2011", "title": "Pierwszy konkurs", "kind": "closed"}
        days = {"announced_on": "2011-01-10", "closes_on": "2011-02-28", "valid_from": "2011-01-10"}
        planned = {"budget_pln": "200000.00", "planned_signing_from": "2011-06", "planned_signing_to": "2011-07"}
        self.post("/v1/calls", call | days | planned)

    def take_applications_in(self) -> None:
        headers = {"Content-Type": "text/csv", "Idempotency-Key": "list"}
        ok(self.client.post("/v1/application-imports", content=APPLICATIONS.encode(), headers=headers))
        listed = ok(self.client.get("/v1/applications"))["items"]
        self.applications = {one["number"]: one["id"] for one in listed}

    def reach(self, number: str, stage: str, day: str, value: str | None) -> None:
        path = f"/v1/applications/{self.applications[number]}"
        etag = self.client.get(path).headers["etag"]
        self.post(f"{path}/stages", {"stage": stage, "effective_on": day, "value_pln": value}, etag=etag)

    def assess(self) -> None:
        for number, value in (("W-1", "98000.00"), ("W-2", "50000.00")):
            self.reach(number, "formally_positive", "2011-03-20", value)
            self.reach(number, "accepted", "2011-05-15", value)
        self.reach("W-3", "rejected", "2011-03-20", None)

    def sign_and_amend(self) -> None:
        body = {"number": "U-1", "kind": "grant", "application_id": self.applications["W-1"], "signed_on": "2011-06-20"}
        signed = self.post("/v1/agreements", body | {"node_id": self.nodes["7.2.1"], "value_pln": "98000.00"})
        self.halfway = datetime.now(UTC).isoformat()
        amendment = {"amendment_number": "-01", "effective_on": "2011-10-01", "value_pln": "90000.00"}
        path = f"/v1/agreements/{signed.json()['id']}/amendments"
        self.post(path, amendment, etag=signed.headers["etag"])

    def report(self) -> None:
        self.office.import_register()
        self.office.add_unit("040201")
        self.office.add_indicator("7.2-1")
        ok(self.office.set_target("7.2-1", "original", "40"))
        self.office.add_form("SP", ["7.2-1"], ("2011-H1", "2011-H2"))
        ok(self.office.send_return("SP", "OPS-040201", "2011-H1", csv("7.2-1;;10")))
        ok(self.office.send_return("SP", "OPS-040201", "2011-H2", csv("7.2-1;;25")))

    def rows(self, dashboard: str, **query: str) -> list[dict[str, str | None]]:
        """Exact values of all cells of the rows."""
        shown = ok(self.client.get(f"/v1/dashboards/{dashboard}", params=query))
        assert all(section["status"] == "ok" for section in shown["sections"]), shown
        groups = [group for section in shown["sections"] for group in section["groups"]]
        return [{key: cell["value"] for key, cell in row["cells"].items()} for group in groups for row in group["rows"]]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LEARNING_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it was not learnt in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    logs = tmp_path_factory.mktemp("logs")
    with (
        own_database() as database,
        running_system(database.urls, logs, calls=1, contracts=1, indicators=1, gateway=1) as system,
        system.gateway_client(system.client_key("officer")) as client,
    ):
        told = Story(client)
        told.define_the_programme()
        told.open_a_call()
        told.take_applications_in()
        told.assess()
        # What was accepted reaches contracts by its feed: it is recommended there before it is signed.
        eventually(lambda: told.rows("contracting", as_of=WINTER)[0]["recommended_number"] == "2")
        told.sign_and_amend()
        told.report()
        yield told


@pytest.mark.parametrize(
    ("day", "submitted", "formally_positive", "accepted"),
    [
        (SPRING, ("3", "180000.00"), ("2", "148000.00"), ("0", "0.00")),
        (SUMMER, ("3", "180000.00"), ("2", "148000.00"), ("2", "148000.00")),
        (WINTER, ("3", "180000.00"), ("2", "148000.00"), ("2", "148000.00")),
    ],
)
def test_who_applied(
    story: Story, day: str, submitted: tuple[str, str], formally_positive: tuple[str, str], accepted: tuple[str, str]
) -> None:
    for row in story.rows("pipeline", as_of=day):
        assert (row["submitted_number"], row["submitted_value"]) == submitted
        assert (row["formally_positive_number"], row["formally_positive_value"]) == formally_positive
        assert (row["accepted_number"], row["accepted_value"]) == accepted


@pytest.mark.parametrize(
    ("day", "signed", "recommended", "percentage"),
    [
        # Nothing was accepted or signed by then: unknown, and not zero.
        (SPRING, (None, None), (None, None), None),
        (SUMMER, ("1", "98000.00"), ("1", "50000.00"), "37.00"),
        (WINTER, ("1", "90000.00"), ("1", "50000.00"), "35.00"),
    ],
)
def test_contracting_shows_each_day_s_agreements_and_recommended(
    story: Story,
    day: str,
    signed: tuple[str | None, str | None],
    recommended: tuple[str | None, str | None],
    percentage: str | None,
) -> None:
    for row in story.rows("contracting", as_of=day):
        assert (row["signed_number"], row["signed_value"]) == signed
        assert (row["recommended_number"], row["recommended_value"]) == recommended
        assert row["percentage"] == percentage


def test_contracting_known_before_the_amendment_has_the_former_value(story: Story) -> None:
    rows = story.rows("contracting", as_of=WINTER, known_at=story.halfway)
    assert {row["signed_value"] for row in rows} == {"98000.00"}


@pytest.mark.parametrize(
    ("day", "achieved", "percentage"), [(SPRING, None, None), (SUMMER, "10", "25"), (WINTER, "35", "87.5")]
)
def test_indicators_show_each_day_s_achieved_value(
    story: Story, day: str, achieved: str | None, percentage: str | None
) -> None:
    (row,) = story.rows("indicators", as_of=day)
    assert [value and float(value) for value in (row["achieved"], row["percentage"])] == [
        value and float(value) for value in (achieved, percentage)
    ]


def test_which_calls_ran(story: Story) -> None:
    (row,) = story.rows("calls", as_of=SUMMER, year="2011")
    assert {"3", "180000.00", "200000.00", "2011-02-28"} <= set(row.values())


def test_all_of_it_in_one_answer_with_a_day_for_each_part(story: Story) -> None:
    asked = {"as_of": WINTER, "indicators_as_of": SUMMER, "calls_as_of": SPRING}
    parts = {"pipeline": WINTER, "contracting": WINTER, "indicators": SUMMER, "calls": SPRING}
    apart = [row for dashboard, day in parts.items() for row in story.rows(dashboard, as_of=day)]

    assert story.rows("overview", **asked) == apart


def test_the_list_of_dashboards_names_them_with_their_days(story: Story) -> None:
    listed = ok(story.client.get("/v1/dashboards"))
    days = {one["key"]: (one["first_on"], one["last_on"]) for one in listed}

    assert days == {
        "pipeline": ("2011-02-10", "2011-05-15"),
        "contracting": ("2011-05-15", "2011-10-01"),
        "indicators": ("2011-06-30", "2011-12-31"),
        "calls": ("2011-01-10", "2011-05-15"),
        "overview": ("2011-01-10", "2011-12-31"),
    }
