"""The gateway's own reading of what indicators really answers: reports, positions, families, feed, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.house.openapi_documents import document
from tests.support.answers import assert_problem, ok
from tests.support.report_models import field_names, unprovided
from tests.support.services.gateway import DASHBOARD, SCOPES, client_of, gateway_in_front_of
from tests.support.services.indicators_service import IndicatorsService, csv, running_indicators
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_gateway.app import GatewayApplication
from miernik_gateway.dashboards.catalogue.query import DashboardQuery
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.serve.registry import DASHBOARDS
from miernik_gateway.positions.topics import raised_topics
from miernik_indicators.app import DEFINITION
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.feed import EventPage

DAY = {"as_of": "2011-06-30"}
QUERY = {**DAY, "territory": "04"}
SOURCE = DASHBOARDS["indicators"].sections[0].source
REPORT_MEMBERS = (
    "as_of", "position", "rows", "territory", "sources", "text", "measure", "indicator", "breakdown", "level", "name",
    "unit_of_measure", "original_target", "revised_target", "value", "effective_on", "status", "earmarked_value",
    "earmarked_label", "achieved", "reported", "missing", "withheld", "withheld_reason", "period", "owing",
    "given", "given_for_period", "complete", "percentage", "percentage_base", "change_note",
    "proof",
)  # fmt: skip


@pytest.fixture(scope="module")
async def indicators(module_database: DatabaseUrls) -> AsyncIterator[IndicatorsService]:
    """One row of everything that a report may hold, and one gap."""
    async with running_indicators(module_database) as service:
        await service.import_register()
        await service.add_unit("040201")
        await service.add_unit("040202")
        await service.add_indicator("7.1-1", parts=["rural"], valid_from="2007-01-01")
        changed = {"redefined": False, "change_note": "zmiana nazwy"}
        await change(service, "7.1-1", ["rural"], changed)
        await service.set_target("7.1-1", "original", "10")
        more = {"earmarked_value": "2", "earmarked_label": "wynikające z KRW"}
        await service.set_target("7.1-1", "proposed", "8", effective_on="2011-01-01", **more)
        await service.set_target("7.1-1", "original", "4", breakdown="rural")
        await service.add_form(["7.1-1"])
        await service.open_periods("2011-H1", "2011-H2")
        ok(await service.send(csv("7.1-1;;6", "7.1-1;rural;3"), unit="OPS-040201"))
        ok(await service.send(csv("7.1-1;;n/d"), unit="OPS-040202"))
        yield service


async def change(service: IndicatorsService, code: str, parts: list[str], more: dict[str, Any]) -> None:
    known = await service.officer.get(f"/v1/indicators/{code}")
    first = {name: known.json()["definitions"][0][name] for name in ("definition", "unit_of_measure", "kind", "parts")}
    body = {**first, "name": "Klienci", "aggregation": "sum", "percentage_base": "revised", "valid_from": "2010-01-01"}
    headers = {"If-Match": known.headers["etag"]}
    ok(await service.officer.put(f"/v1/indicators/{code}", json={**body, **more}, headers=headers))


def gateway_of(service: IndicatorsService, **names: str) -> GatewayApplication:
    keys = {"signing_key": private_key("gateway"), "trusted_keys": TRUSTED_KEYS}
    return gateway_in_front_of(RenamedAnswers(service.app, names), **keys)


async def dashboard(app: GatewayApplication, **query: str) -> httpx.Response:
    async with client_of(app) as client:
        return await client.get(DASHBOARD, params={**QUERY, **query})


def judge(answer: httpx.Response) -> None:
    """Everything that the report says must have found its place in the dashboard."""
    assert answer.status_code == 200, answer.text
    section = answer.json()["sections"][0]
    assert (section["status"], section["notice"]) == (
        "incomplete",
        "Działanie 7.1: sprawozdania za I półrocze 2011 r. złożyła 1 z 2 jednostek; wartości są niepełne.",
    )
    assert (section["territory"]["code"], section["territory"]["level"]) == ("04", "voivodeship")
    (group,) = section["groups"]
    assert group["title"].endswith("7.1")
    assert [one["text"] for one in group["sources"]] == [
        "Dane na podstawie Sprawozdania za I półrocze 2011 r. (2 jednostki)"
    ]
    whole, part = group["rows"]
    assert (whole["key"], whole["level"], whole["unit"]) == ("7.1-1", 0, "osoby")
    assert (part["key"], part["level"]) == ("7.1-1/rural", 1)
    assert whole["note"] == "zmiana nazwy"
    assert whole["proof"].startswith("/v1/observations?indicator=7.1-1")
    judge_whole(whole["cells"])
    assert part["cells"]["name"]["display"] == "w tym rural"
    assert (part["cells"]["achieved"]["display"], part["cells"]["percentage"]["display"]) == ("3", "75,00%")


def judge_whole(cells: dict[str, Any]) -> None:
    assert cells["name"]["display"] == "Klienci"
    original, revised = cells["original_target"], cells["revised_target"]
    assert (original["display"], original["target_status"], original["effective_on"]) == (
        "10",
        "original",
        "2007-01-01",
    )
    assert (revised["display"], revised["target_status"], revised["effective_on"]) == ("8", "proposed", "2011-01-01")
    assert revised["earmarked"]["display"] == "w tym 2 wynikające z KRW"
    achieved, percentage = cells["achieved"], cells["percentage"]
    assert (achieved["display"], achieved["reported"], achieved["missing"]) == ("6", 1, 1)
    assert [achieved[name] for name in ("owing", "given", "given_for_period")] == [2, 2, 1]
    assert cells["units"]["display"] == "1 z 2 jednostek"
    assert achieved["status"] == percentage["status"] == "incomplete"
    assert (percentage["display"], percentage["base"]) == ("75,00%", "proposed")


async def test_a_real_report_becomes_a_dashboard_in_which_nothing_is_missing(indicators: IndicatorsService) -> None:
    answer = await dashboard(gateway_of(indicators))
    judge(answer)
    (head,) = indicators.query("select position from head")[0]

    assert answer.headers["miernik-position"] == f"indicators={head}"


@pytest.mark.parametrize("member", sorted({*REPORT_MEMBERS, *field_names(SOURCE)}))
async def test_a_renamed_member_of_the_report_is_noticed(indicators: IndicatorsService, member: str) -> None:
    with pytest.raises((AssertionError, AttributeError, LookupError, TypeError, ValueError)):
        judge(await dashboard(gateway_of(indicators, **{member: f"{member}_renamed"})))


async def test_real_report_validates_with_all_fields_that_are_read(indicators: IndicatorsService) -> None:
    report = SOURCE.model.model_validate(await indicators.report(**QUERY))
    assert len(report.rows) > 1


def test_every_field_that_is_read_is_promised_by_the_document_of_indicators() -> None:
    assert unprovided(SOURCE, document("indicators")) == []


async def test_the_bounds_of_the_report_are_in_the_list(indicators: IndicatorsService) -> None:
    async with client_of(gateway_of(indicators)) as client:
        listed = {one["key"]: one for one in (await client.get("/v1/dashboards")).json()}
    entry = listed["indicators"]
    assert (entry["status"], entry["first_on"]) == ("ok", "2011-06-30")
    assert entry["last_on"] >= entry["first_on"]
    values = {one["name"]: one["values"] for one in entry["filters"]}
    assert [one["value"] for one in values["measure"]] == ["7.1"]
    assert [one["value"] for one in values["territory"]] == ["04", "PL"]


async def test_a_figures_proof_opens_through_the_gateway(indicators: IndicatorsService) -> None:
    app = gateway_of(indicators)
    proof = (await dashboard(app)).json()["sections"][0]["groups"][0]["rows"][0]["proof"]
    async with client_of(app) as client:
        values = [item["value"] for item in ok(await client.get(proof))["items"]]

    assert values == ["6.000000", None]


async def test_a_refusal_of_the_report_is_passed_on_as_it_is(indicators: IndicatorsService) -> None:
    answer = await dashboard(gateway_of(indicators), territory="99")
    assert_problem(answer, 422, "report_territory_unknown")


async def test_a_past_state_is_identified_by_the_position_that_the_service_names(indicators: IndicatorsService) -> None:
    (instant,) = indicators.query("select at from change order by position desc limit 1")[0]
    body = (await dashboard(gateway_of(indicators), known_at=instant.isoformat())).json()
    (head,) = indicators.query("select position from head")[0]

    assert body["positions"] == {"indicators": head}


async def test_the_answer_to_a_write_raises_what_the_dashboard_watches(indicators: IndicatorsService) -> None:
    app = gateway_of(indicators)
    before = app.state.gateway.known.version
    async with client_of(app) as client:
        sent = await client.post(
            "/v1/submissions",
            params={"form": "SP7", "unit": "OPS-040201", "period": "2011-H2"},
            content=csv("7.1-1;;7", "7.1-1;rural;3"),
            headers={"Content-Type": "text/csv"},
        )
    ok(sent)
    position = int(sent.headers["miernik-position"].removeprefix("indicators="))
    known = app.state.gateway.known

    assert known.version > before
    assert known.of(("indicators", "observations:04")) == position
    assert known.of(("indicators", "definitions")) == 0


async def test_the_feeds_events_carry_families_that_the_dashboard_watches(indicators: IndicatorsService) -> None:
    app = gateway_of(indicators)
    answer = await app.state.gateway.providers["indicators"].get("/v1/events", {"after": "0", "timeout": "0"})
    page = EventPage.model_validate_json(taken_text(answer))
    raised = {topic for event in page.events for family in event.families for topic in raised_topics(family)}
    asked = DashboardQuery("indicators", tuple(QUERY.items()), "pl", "region")
    watched = {topic for _, topic in watched_by(DASHBOARDS["indicators"], asked)}
    assert {"observations:04", "definitions", "forms", "units", "register"} <= raised & watched
    async with client_of(app) as client:
        thin = ok(await client.get("/v1/feeds/indicators/events"))
    assert [event["id"] for event in thin["events"]] == [event.id for event in page.events]
    assert thin["next"] == page.next


def taken_text(answer: httpx.Response) -> bytes:
    ok(answer)
    return answer.content


def test_indicators_lets_the_gateway_pass_on_every_scope_of_its_clients() -> None:
    assert SCOPES - {"dashboards:read"} <= DEFINITION.allowed_callers["gateway"]
