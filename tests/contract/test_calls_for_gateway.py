"""The gateway's own reading of what calls really answers: reports, bounds, families, positions, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.house.openapi_documents import document
from tests.support.answers import ok
from tests.support.builders.applications import add, reach
from tests.support.report_models import field_names, unprovided
from tests.support.services.calls_service import CallsService, running_calls
from tests.support.services.gateway import client_of, gateway, set_feeds_connected, settings
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_calls.app import DEFINITION
from miernik_gateway.app import GatewayApplication
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.positions.topics import raised_topics
from miernik_gateway.proxy.routing import service_of_path
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import EventPage

DAY = {"as_of": "2011-08-31"}
NBSP = "\u00a0"
PIPELINE_MEMBERS = (
    "as_of", "position", "office", "headings", "rows", "sources", "findings", "kind", "node_id", "code", "level",
    "name", "complete", "submitted", "formally_positive", "accepted", "number", "value_pln", "column", "text", "node",
    "stage", "applications", "proof",
)  # fmt: skip
CALL_MEMBERS = (
    "as_of", "position", "office", "undated", "rows", "call_id", "code", "level", "node_name", "number", "title",
    "theme", "project_type", "kind", "closes_on", "budget_pln", "applications", "value_pln", "planned_signing", "from",
    "to", "proof",
)  # fmt: skip


@pytest.fixture(scope="module")
async def calls(module_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    """One row of everything that the reports may hold: a leaf, one of which nothing is known, what has no node."""
    async with running_calls(module_database) as service:
        note = {"column": "formally_positive", "text": "Dane na podstawie KSI SIMIK"}
        await service.add_node("POKL", "programme")
        await service.add_node("VII", "priority", "POKL", name="Promocja integracji społecznej", source_notes=[note])
        await service.add_node("7.2", "measure", "VII")
        await service.add_node("7.2.1", "sub_measure", "7.2")
        await service.add_node("7.3", "measure", "VII")
        one = await service.add_call(
            node="7.2.1", number="1/7.2.1/POKL/2011", theme="ogólny", project_type="staże", closes_on="2011-08-12",
            budget_pln="14618532.07", planned_signing_from="2011-12", planned_signing_to="2012-01",
        )  # fmt: skip
        await service.add_call(node="7.2.1", title="Konkurs bez daty")
        first = await add(service, number="WND-1", node="7.2.1", call=one["id"], submitted_value_pln="1234.56")
        ok(await reach(service, first, "formally_positive", "2011-05-01", "1500.00"))
        await add(service, number="WND-2", submitted_value_pln="10.00")
        yield service


def gateway_of(service: CallsService, **names: str) -> GatewayApplication:
    configured = settings(signing_key=private_key("gateway"), trusted_keys=TRUSTED_KEYS)
    app = gateway(configured, transports={"calls": RenamedAnswers(service.app, names)})
    set_feeds_connected(app, True)
    return app


async def dashboard(app: GatewayApplication, key: str, **query: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get(f"/v1/dashboards/{key}", params={**DAY, **query})


def table_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    (section,) = answer.json()["sections"]
    assert (section["status"], section["as_of"], section["office"]) == ("ok", DAY["as_of"], "04")
    (table,) = section["groups"]
    return table


def display_row(row: dict[str, Any]) -> list[str]:
    return [cell["display"] for cell in row["cells"].values()]


def judge_pipeline(answer: httpx.Response) -> None:
    """Everything that the report says must have found its place in the dashboard."""
    table = table_of(answer)
    assert (table["key"], table["title"]) == ("04", "Priorytet VII Promocja integracji społecznej")
    assert [(row["kind"], row["key"]) for row in table["rows"]] == [
        ("node", "7.2.1"),
        ("node", "7.3"),
        ("unassigned", "unassigned"),
        ("total", "total"),
    ]
    leaf, unknown, unassigned, total = table["rows"]
    none = f"0{NBSP}zł"
    rising = ["1", f"1{NBSP}234,56{NBSP}zł", "1", f"1{NBSP}500{NBSP}zł", "0", none]
    assert display_row(leaf) == ["Poddziałanie 7.2.1", *rising]
    assert leaf["title"] == "Nazwa 7.2.1"
    assert str(leaf["proof"]).startswith(
        "/v1/applications?office=04&node=7.2.1&directly=true&as_of=2011-08-31&known_at="
    )
    proofs = {name: cell.get("proof") for name, cell in total["cells"].items()}
    assert (proofs.pop("name"), len(proofs)) == (None, 6)
    for name, proof in proofs.items():
        stage = name.rpartition("_")[0]
        assert str(proof).startswith(f"/v1/applications?office=04&stage={stage}&as_of=2011-08-31&known_at=")
    assert display_row(unknown) == ["Działanie 7.3", *["n/d"] * 6]
    assert display_row(unassigned) == ["nieprzypisane", "1", f"10,00{NBSP}zł", "0", none, "0", none]
    assert display_row(total)[:3] == ["OGÓŁEM", "2", f"1{NBSP}244,56{NBSP}zł"]
    assert total["cells"]["submitted_number"]["status"] == "incomplete"
    assert "WND-1" in leaf["cells"]["formally_positive_value"]["notes"][0]
    texts = [[one["text"] for one in group.get("sources", [])] for group in table["column_groups"]]
    assert texts == [[], ["Dane na podstawie KSI SIMIK według stanu na dzień 31 sierpnia 2011 r."], []]


def judge_calls(answer: httpx.Response) -> None:
    table = table_of(answer)
    assert answer.json()["title"] == "Konkursy w 2011 r."
    assert (table["key"], table["title"]) == ("04/7.2.1", "Poddziałanie 7.2.1 Nazwa 7.2.1")
    (row,) = table["rows"]
    assert display_row(row) == [
        "Pierwszy konkurs zamknięty", "ogólny", "staże", "1/7.2.1/POKL/2011", "konkurs zamknięty",
        "12 sierpnia 2011 r.", f"14{NBSP}618{NBSP}532,07{NBSP}zł", "1",
        f"1{NBSP}234,56{NBSP}zł", "grudzień 2011/styczeń 2012",
    ]  # fmt: skip
    assert len(row["key"]) == 36
    assert str(row["proof"]).startswith("/v1/applications?call=")
    (section,) = answer.json()["sections"]
    assert section["notes"][-1].startswith(
        "Konkursy województwa 04, które nie mają żadnej daty i nie należą do żadnego roku: 1."
    )


JUDGES = {"pipeline": judge_pipeline, "calls": judge_calls}
ASKED = {"pipeline": {}, "calls": {"year": "2011"}}
SOURCES = {key: DASHBOARDS[key].sections[0].source for key in JUDGES}
MEMBERS = [
    (key, one)
    for key, members in (("pipeline", PIPELINE_MEMBERS), ("calls", CALL_MEMBERS))
    for one in sorted({*members, *field_names(SOURCES[key])})
]


@pytest.mark.parametrize("key", JUDGES)
async def test_a_real_report_becomes_a_dashboard_in_which_nothing_is_missing(calls: CallsService, key: str) -> None:
    answer = await dashboard(gateway_of(calls), key, **ASKED[key])
    JUDGES[key](answer)
    (head,) = calls.query("select position from head")[0]

    assert answer.headers["miernik-position"] == f"calls={head}"


@pytest.mark.parametrize(("key", "member"), MEMBERS)
async def test_a_renamed_member_of_a_report_is_noticed(calls: CallsService, key: str, member: str) -> None:
    with pytest.raises((AssertionError, LookupError, TypeError, ValueError)):
        JUDGES[key](await dashboard(gateway_of(calls, **{member: f"{member}_renamed"}), key, **ASKED[key]))


@pytest.mark.parametrize("key", JUDGES)
async def test_real_report_validates_with_all_fields_that_are_read(calls: CallsService, key: str) -> None:
    report = SOURCES[key].model.model_validate(await calls.report(key, **DAY))
    assert len(report.rows) > 1


@pytest.mark.parametrize("key", JUDGES)
def test_every_field_that_is_read_is_promised_by_the_document_of_calls(key: str) -> None:
    assert unprovided(SOURCES[key], document("calls")) == []


async def test_the_proof_of_a_call_opens_through_the_gateway(calls: CallsService) -> None:
    rows = table_of(await dashboard(gateway_of(calls), "calls"))["rows"]
    row, dateless = rows
    assert dateless["cells"]["title"]["display"] == "Konkurs bez daty"
    read = await calls.officer.get(row["proof"])
    assert [one["number"] for one in ok(read)["items"]] == ["WND-1"]


async def test_the_proof_of_a_cell_of_the_pipeline_opens_through_the_gateway(calls: CallsService) -> None:
    rows = table_of(await dashboard(gateway_of(calls), "pipeline"))["rows"]
    for row, numbers in zip(rows, (["WND-1"], [], ["WND-2"], ["WND-1", "WND-2"]), strict=True):
        for proof in (row["proof"], *(row["cells"][f"submitted_{name}"]["proof"] for name in ("number", "value"))):
            assert service_of_path(proof.partition("?")[0]) == "calls"
            assert [one["number"] for one in ok(await calls.officer.get(proof))["items"]] == numbers


async def test_the_bounds_of_the_reports_are_in_the_list(calls: CallsService) -> None:
    async with client_of(gateway_of(calls)) as client:
        listed = {one["key"]: one for one in (await client.get("/v1/dashboards")).json()}
    for key, days in {"pipeline": ("2011-02-01", "2011-05-01"), "calls": ("2011-01-01", "2011-05-01")}.items():
        entry = listed[key]
        assert (entry["status"], entry["first_on"], entry["last_on"]) == ("ok", *days)
        values = {one["name"]: one["values"] for one in entry["filters"]}
        assert [one["title"] for one in values["measure"]] == ["7.2 Nazwa 7.2", "7.3 Nazwa 7.3"]
        assert [one["value"] for one in values["office"]] == ["04", "PL"]
    years = next(one for one in listed["calls"]["filters"] if one["name"] == "year")["values"]

    assert [one["value"] for one in years] == ["2011"]


@pytest.mark.parametrize("key", JUDGES)
@pytest.mark.parametrize("query", [{"office": "4"}, {"as_of": "yesterday"}, {"known_at": "1999-01-01T00:00:00Z"}])
async def test_a_refusal_of_a_report_is_passed_on_as_it_is(
    calls: CallsService, key: str, query: dict[str, str]
) -> None:
    answer = await dashboard(gateway_of(calls), key, **query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("key", JUDGES)
async def test_the_feeds_events_carry_families_that_the_dashboards_watch(calls: CallsService, key: str) -> None:
    answer = await gateway_of(calls).state.gateway.providers["calls"].get("/v1/events", {"after": "0", "timeout": "0"})
    page = EventPage.model_validate_json(answer.content)
    families = {family for event in page.events for family in event.families}
    assert {"programme", "calls", "applications:04"} <= families
    raised = {topic for family in families for topic in raised_topics(family)}
    asked = DashboardQuery(key, (*DAY.items(), ("office", "04")), "pl", "region")
    watched = {topic for _, topic in watched_by(DASHBOARDS[key], asked)}
    wanted = {"programme", "applications:04"} | ({"calls"} if key == "calls" else set())
    assert wanted <= raised & watched


def test_calls_lets_the_gateway_pass_on_what_its_clients_may() -> None:
    assert {"reports:read", "calls:write", "applications:read"} <= DEFINITION.allowed_callers["gateway"]
