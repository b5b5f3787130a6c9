"""A dashboard of several sections: each of its own day, each from its own service, each lost by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from tests.support.gateway import report, report_row
from tests.support.gateway_reports import FixedReports, gateway_before, slide_5

from miernik_gateway.app import GatewayApplication
from miernik_gateway.dashboards.asking import ReportRefused
from miernik_gateway.dashboards.catalogue import DASHBOARDS
from miernik_gateway.dashboards.description import Dashboard, Filter, Words
from miernik_gateway.dashboards.families import watched_by
from miernik_gateway.dashboards.filters import AS_OF, OFFICE
from miernik_gateway.dashboards.query import Asked, Defaults, canonical_parameters
from miernik_gateway.dashboards.reading import Built

INDICATORS_ON = Filter("indicators_as_of", Words("Wskaźniki na dzień", "Indicators as of"), Words("Dzień", "A day"))
(PIPELINE,) = DASHBOARDS["pipeline"].sections
(INDICATORS,) = DASHBOARDS["indicators"].sections
DECK = Dashboard(
    key="deck",
    title=Words("Priorytet VII", "Priority VII"),
    filters=(AS_OF, INDICATORS_ON, OFFICE),
    sections=(
        replace(PIPELINE, parameters={"as_of": "as_of", "office": "office"}),
        replace(INDICATORS, parameters={"as_of": "indicators_as_of", "territory": "office"}),
    ),
)
QUERY = "as_of=2011-08-31&indicators_as_of=2011-06-30"


def asked(query: str = QUERY) -> Asked:
    parameters = canonical_parameters(DECK, query, Defaults(date(2011, 9, 26), "04"))
    return Asked(DECK.key, parameters, "pl", "region")


def services() -> tuple[FixedReports, FixedReports]:
    return (
        FixedReports("calls", {"/v1/reports/pipeline": slide_5()}, position=7),
        FixedReports("indicators", {"/v1/reports/indicators": report(report_row("7.1-1", "Liczba klientów"))}),
    )


async def read(app: GatewayApplication, question: Asked) -> tuple[Built, dict[str, Any]]:
    built: Built = await app.state.gateway.dashboards.read(DECK, question, {})
    return built, json.loads(built.entry.body)


async def test_sections_of_one_dashboard_have_their_own_days() -> None:
    calls, indicators = services()
    built, body = await read(gateway_before(calls, indicators), asked())
    assert dict(calls.asked[0].url.params) == {"as_of": "2011-08-31", "office": "04"}
    assert dict(indicators.asked[0].url.params) == {"as_of": "2011-06-30", "territory": "04"}
    assert [(one["key"], one["as_of"], one["status"]) for one in body["sections"]] == [
        ("pipeline", "2011-08-31", "ok"),
        ("indicators", "2011-06-30", "ok"),
    ]
    assert built.entry.positions == {"calls": 7, "indicators": 10}
    assert ("calls", "applications:04") in watched_by(DECK, asked())


async def test_a_day_that_is_not_given_is_left_to_the_service() -> None:
    calls, indicators = services()
    await read(gateway_before(calls, indicators), asked("as_of=2011-08-31"))
    assert "as_of" not in dict(indicators.asked[0].url.params)


async def test_a_section_is_lost_by_itself_and_shown_again_when_its_service_is_back() -> None:
    calls, indicators = services()
    calls.failure = httpx.ConnectError("refused")
    app = gateway_before(calls, indicators)
    built, body = await read(app, asked())
    assert built.degraded == ("calls",)
    assert [one["status"] for one in body["sections"]] == ["missing", "ok"]
    calls.failure = None
    built, body = await read(app, asked())
    assert built.degraded == ()
    assert [one["status"] for one in body["sections"]] == ["ok", "ok"]
    indicators.failure = httpx.ReadTimeout("late")
    app.state.gateway.known.learn("indicators", 11, ["definitions"])
    built, body = await read(app, asked())
    assert built.degraded == ("indicators",)
    assert [one["status"] for one in body["sections"]] == ["ok", "stale"]


def refuses(service: FixedReports, parameter: str, message: str, status: int = 422) -> None:
    """From now on the service refuses a parameter, as the services do."""
    fault = {"pointer": f"/query/{parameter}", "code": "unknown", "message": message, "params": {"value": "06"}}
    problem = {"type": "urn:x", "title": "Wrong", "status": status, "detail": "Wrong.", "instance": "/v1/reports/x"}
    service.status = status
    service.bodies = dict.fromkeys(service.bodies, problem | {"code": "request_invalid", "errors": [fault]})


async def test_what_every_section_refuses_is_refused_in_the_dashboards_own_words() -> None:
    calls, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    refuses(calls, "office", "Nie ma urzędu 06.")
    app = gateway_before(calls, indicators)
    with pytest.raises(ReportRefused) as refused:
        await read(app, asked(f"{QUERY}&office=06"))
    problem = json.loads(refused.value.content)
    assert (refused.value.status, problem["instance"]) == (422, "/v1/dashboards/deck")
    assert problem["errors"] == [
        {"pointer": "/query/office", "code": "unknown", "message": "Nie ma urzędu 06.", "params": {"value": "06"}}
    ]
    assert (problem["code"], problem["allowed_values"]) == ("request_invalid", "/v1/dashboards")


async def test_a_filter_is_named_as_the_dashboard_names_it() -> None:
    calls, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    deck = replace(DECK, sections=DECK.sections[1:])
    with pytest.raises(ReportRefused) as refused:
        await gateway_before(calls, indicators).state.gateway.dashboards.read(deck, asked(), {})
    assert json.loads(refused.value.content)["errors"][0]["pointer"] == "/query/office"


async def test_a_refusal_of_one_section_is_told_in_its_place_and_never_kept() -> None:
    """A node that one service has learnt and another has not, yet."""
    calls, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    app = gateway_before(calls, indicators)
    built, body = await read(app, asked())
    assert built.degraded == ("indicators",)
    assert [one["status"] for one in body["sections"]] == ["ok", "missing"]
    assert (
        body["sections"][1]["notice"] == "Usługa z tymi danymi nie zna odpowiedzi na to pytanie: Nie ma województwa 06."
    )
    assert app.state.gateway.cache.size == 0
    indicators.status = 200
    indicators.bodies = {"/v1/reports/indicators": report(report_row("7.1-1", "Liczba klientów"))}
    _, body = await read(app, asked())
    assert [one["status"] for one in body["sections"]] == ["ok", "ok"]


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), None], ids=str)
async def test_while_a_service_is_down_nobody_knows_whether_it_would_refuse(failure: Exception | None) -> None:
    calls, indicators = services()
    refuses(indicators, "territory", "Nie ma województwa 06.")
    calls.failure = failure
    calls.status = 200 if failure else 500
    _, body = await read(gateway_before(calls, indicators), asked())
    assert [one["status"] for one in body["sections"]] == ["missing", "missing"]
    assert "nie odpowiada" in body["sections"][0]["notice"]
    assert "Nie ma województwa 06." in body["sections"][1]["notice"]


@pytest.mark.parametrize("content", [{"detail": "Za późno.", "instance": "/"}, {"code": "odd"}, ["odd"], "odd"])
async def test_a_refusal_in_another_shape_is_passed_on_as_it_is(content: Any) -> None:
    calls, indicators = services()
    calls.status = indicators.status = 403
    calls.bodies = indicators.bodies = {path: content for one in (calls, indicators) for path in one.bodies}
    app = gateway_before(calls, indicators)
    with pytest.raises(ReportRefused) as refused:
        await read(app, asked())
    assert refused.value.status == 403
    calls.status, calls.bodies = 200, {"/v1/reports/pipeline": slide_5()}
    _, body = await read(app, asked())
    told = "Za późno." if isinstance(content, dict) and "detail" in content else "403"
    assert body["sections"][1]["notice"].endswith(told)
