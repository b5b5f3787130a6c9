"""A dashboard of several sections: each of its own day, each from its own service, each lost by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from tests.support.regions.recorded_reports import FixedReports, gateway_before, slide_5, slide_6, slides_17_to_19
from tests.support.services.gateway import report, report_row

from miernik_gateway.app import GatewayApplication
from miernik_gateway.dashboards.catalogue.query import DashboardQuery, Defaults, canonical_parameters
from miernik_gateway.dashboards.catalogue.topics import watched_by
from miernik_gateway.dashboards.fetch.refusal import ReportRefused
from miernik_gateway.dashboards.serve.reader import Answer
from miernik_gateway.dashboards.serve.registry import DASHBOARDS

DECK = DASHBOARDS["overview"]
QUERY = "as_of=2011-08-31&indicators_as_of=2011-06-30&calls_as_of=2011-09-26&year=2011"


def make_query(query: str = QUERY) -> DashboardQuery:
    parameters = canonical_parameters(DECK, query, Defaults(date(2011, 9, 26), "04"))
    return DashboardQuery(DECK.key, parameters, "pl", "region")


def services() -> tuple[FixedReports, FixedReports, FixedReports]:
    return (
        FixedReports("calls", {"/v1/reports/pipeline": slide_5(), "/v1/reports/calls": slides_17_to_19()}, position=7),
        FixedReports("contracts", {"/v1/reports/contracting": slide_6()}, position=8),
        FixedReports("indicators", {"/v1/reports/indicators": report(report_row("7.1-1", "Liczba klientów"))}),
    )


def asked_for(service: FixedReports, report: str) -> dict[str, str]:
    """The parameters with which the service was asked for a report."""
    (request,) = [one for one in service.asked if one.url.path == f"/v1/reports/{report}"]
    return dict(request.url.params)


def statuses(body: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["status"] for one in body["sections"]}


OK = {"pipeline": "ok", "contracting": "ok", "indicators": "ok", "calls": "ok"}


async def read(app: GatewayApplication, question: DashboardQuery) -> tuple[Answer, dict[str, Any]]:
    built: Answer = await app.state.gateway.dashboards.read(DECK, question, {})
    return built, json.loads(built.entry.body)


async def test_sections_of_one_dashboard_have_their_own_days() -> None:
    calls, contracts, indicators = services()
    built, body = await read(gateway_before(calls, contracts, indicators), make_query())

    assert asked_for(calls, "pipeline") == {"as_of": "2011-08-31", "office": "04"}
    assert asked_for(contracts, "contracting") == {"as_of": "2011-08-31", "office": "04"}
    assert asked_for(indicators, "indicators") == {"as_of": "2011-06-30", "territory": "04"}
    assert asked_for(calls, "calls") == {"as_of": "2011-09-26", "office": "04", "year": "2011"}
    assert statuses(body) == OK
    assert [(one["key"], one["as_of"]) for one in body["sections"]] == [
        ("pipeline", "2011-08-31"),
        ("contracting", "2011-08-31"),
        ("indicators", "2011-06-30"),
        ("calls", "2011-09-26"),
    ]
    assert [one["title"] for one in body["sections"]][-1] == "Konkursy w 2011 r."
    assert built.entry.positions == {"calls": 7, "contracts": 8, "indicators": 10}


async def test_it_watches_what_its_sections_are_made_of_in_the_office_asked_for() -> None:
    watched = watched_by(DECK, make_query(f"{QUERY}&office=32"))

    assert {("calls", "applications:32"), ("contracts", "agreements:32"), ("indicators", "observations:32")} <= {
        *watched
    }
    assert not [topic for _, topic in watched if topic.endswith(":04")]


async def test_all_parts_are_of_one_day_where_no_other_is_named_and_of_all_years() -> None:
    calls, contracts, indicators = services()
    _, body = await read(gateway_before(calls, contracts, indicators), make_query("as_of=2011-08-31"))

    assert asked_for(indicators, "indicators")["as_of"] == "2011-08-31"
    assert asked_for(calls, "calls") == {"as_of": "2011-08-31", "office": "04"}
    assert body["filters"]["indicators_as_of"] == body["filters"]["calls_as_of"] == "2011-08-31"
    assert [one["title"] for one in body["sections"]][-1] == "Konkursy"


async def test_the_same_question_in_other_words_is_the_same_question() -> None:
    assert make_query("as_of=2011-08-31") == make_query("as_of=2011-08-31&calls_as_of=2011-08-31")


async def test_failed_service_loses_only_its_section_until_it_is_back() -> None:
    calls, contracts, indicators = services()
    contracts.failure = httpx.ConnectError("refused")
    app = gateway_before(calls, contracts, indicators)
    built, body = await read(app, make_query())
    assert built.degraded == ("contracts",)
    assert statuses(body) == OK | {"contracting": "missing"}
    contracts.failure = None
    built, body = await read(app, make_query())
    assert built.degraded == ()
    assert statuses(body) == OK
    indicators.failure = httpx.ReadTimeout("late")
    app.state.gateway.known.record_change("indicators", 11, ["definitions"])
    built, body = await read(app, make_query())
    assert built.degraded == ("indicators",)
    assert statuses(body) == OK | {"indicators": "stale"}


def refuses(service: FixedReports, parameter: str, message: str, status: int = 422) -> None:
    """From now on the service refuses a parameter, as the services do."""
    fault = {"pointer": f"/query/{parameter}", "code": "unknown", "message": message, "params": {"value": "06"}}
    problem = {"type": "urn:x", "title": "Wrong", "status": status, "detail": "Wrong.", "instance": "/v1/reports/x"}
    service.status = status
    service.bodies = dict.fromkeys(service.bodies, problem | {"code": "request_invalid", "errors": [fault]})


def all_refuse(parameters: dict[str, str]) -> tuple[FixedReports, FixedReports, FixedReports]:
    found = services()
    for service in found:
        refuses(service, parameters[service.service], f"Nie zna tego {service.service}.")
    return found


UNKNOWN_OFFICE = {"calls": "office", "contracts": "office", "indicators": "territory"}


async def test_what_every_section_refuses_is_refused_in_the_dashboards_own_words() -> None:
    app = gateway_before(*all_refuse(UNKNOWN_OFFICE))
    with pytest.raises(ReportRefused) as refused:
        await read(app, make_query(f"{QUERY}&office=06"))
    problem = json.loads(refused.value.content)

    assert (refused.value.status, problem["instance"]) == (422, "/v1/dashboards/overview")
    assert problem["errors"] == [
        {"pointer": "/query/office", "code": "unknown", "message": "Nie zna tego calls.", "params": {"value": "06"}}
    ]
    assert (problem["code"], problem["allowed_values"]) == ("request_invalid", "/v1/dashboards")


async def test_a_filter_is_named_as_the_dashboard_names_it() -> None:
    _, _, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    deck = replace(DECK, sections=DECK.sections[2:3])
    with pytest.raises(ReportRefused) as refused:
        await gateway_before(indicators).state.gateway.dashboards.read(deck, make_query(), {})

    assert json.loads(refused.value.content)["errors"][0]["pointer"] == "/query/office"


async def test_a_refusal_of_one_section_is_told_in_its_place_and_never_kept() -> None:
    """A node that one service has learnt and another has not, yet."""
    calls, contracts, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    app = gateway_before(calls, contracts, indicators)
    built, body = await read(app, make_query())
    assert built.degraded == ("indicators",)
    assert statuses(body) == OK | {"indicators": "missing"}
    assert body["sections"][2]["notice"] == "Dla wybranych filtrów nie można podać tych danych: Nie ma województwa 06."
    assert app.state.gateway.cache.size == 0
    indicators.status = 200
    indicators.bodies = {"/v1/reports/indicators": report(report_row("7.1-1", "Liczba klientów"))}
    _, body = await read(app, make_query())
    assert statuses(body) == OK


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), None], ids=str)
async def test_while_a_service_is_down_nobody_knows_whether_it_would_refuse(failure: Exception | None) -> None:
    calls, contracts, indicators = all_refuse(UNKNOWN_OFFICE)
    calls.failure = failure
    calls.status = 200 if failure else 500
    _, body = await read(gateway_before(calls, contracts, indicators), make_query())

    assert set(statuses(body).values()) == {"missing"}
    assert "nie odpowiada" in body["sections"][0]["notice"]
    assert "Nie zna tego contracts." in body["sections"][1]["notice"]


@pytest.mark.parametrize("content", [{"detail": "Za późno.", "instance": "/"}, {"code": "odd"}, ["odd"], "odd"])
async def test_a_refusal_in_another_shape_is_passed_on_as_it_is(content: Any) -> None:
    found = services()
    for service in found:
        service.status, service.bodies = 403, dict.fromkeys(service.bodies, content)
    app = gateway_before(*found)
    with pytest.raises(ReportRefused) as refused:
        await read(app, make_query())
    assert refused.value.status == 403
    found[0].status, found[0].bodies = 200, services()[0].bodies
    _, body = await read(app, make_query())
    told = "Za późno." if isinstance(content, dict) and "detail" in content else "403"
    assert body["sections"][1]["notice"].endswith(told)
