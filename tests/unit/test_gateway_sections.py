"""A dashboard of several sections: each of its own day, each from its own service, each lost by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
from tests.support.gateway import report, report_row
from tests.support.gateway_reports import FixedReports, gateway_before, slide_5

from miernik_gateway.app import GatewayApplication
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
