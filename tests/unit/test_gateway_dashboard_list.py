"""The list of dashboards: what can be asked for, as the services know it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem
from tests.support.regions.recorded_reports import FixedReports, gateway_before
from tests.support.services.gateway import POOR_KEY, client_of

LIST = "/v1/dashboards"


def bounds(**more: Any) -> dict[str, Any]:
    return {
        "first_on": "2008-01-31",
        "last_on": "2011-08-31",
        "offices": [{"code": "32"}, {"code": "04"}],
        "measures": [{"code": "7.10", "name": None}, {"code": "7.2", "name": "Przeciwdziałanie wykluczeniu"}],
        "years": [2011, 2010],
        **more,
    }


def providers() -> dict[str, FixedReports]:
    known = {
        "calls": {
            "/v1/reports/pipeline/bounds": bounds(),
            "/v1/reports/calls/bounds": bounds(first_on="2010-01-01", measures=[]),
        },
        "contracts": {"/v1/reports/contracting/bounds": bounds(measures=[{"code": "7.2", "name": None}])},
        "indicators": {
            "/v1/reports/indicators/bounds": bounds(first_on=None, last_on=None, offices=[], measures=[], years=[])
        },
    }
    return {service: FixedReports(service, bodies) for service, bodies in known.items()}


async def listed(services: dict[str, FixedReports], **headers: str) -> dict[str, dict[str, Any]]:
    async with client_of(gateway_before(*services.values())) as client:
        answer = await client.get(LIST, headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json()}


def filters(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in entry["filters"]}


async def test_titles_days_and_filters() -> None:
    found = await listed(providers())

    assert {key: one["title"] for key, one in found.items()} == {
        "pipeline": "Proces aplikowania o środki – wartości kumulatywne",
        "contracting": "Postęp finansowy – wartości kumulatywne",
        "indicators": "Postęp rzeczowy – osiągnięte wskaźniki",
        "calls": "Konkursy",
        "overview": "Stan wdrażania",
    }
    assert {key: list(filters(one)) for key, one in found.items()} == {
        "pipeline": ["as_of", "known_at", "office", "measure"],
        "contracting": ["as_of", "known_at", "office", "measure", "rate_source", "rate_on"],
        "indicators": ["as_of", "known_at", "measure", "territory"],
        "calls": ["as_of", "known_at", "office", "measure", "year"],
        "overview": [
            "as_of", "indicators_as_of", "calls_as_of", "known_at", "office", "measure", "year", "rate_source",
            "rate_on",
        ],
    }  # fmt: skip
    assert (found["pipeline"]["first_on"], found["pipeline"]["last_on"]) == ("2008-01-31", "2011-08-31")
    assert found["calls"]["href"] == "/v1/dashboards/calls"
    assert (found["indicators"]["first_on"], found["indicators"]["status"]) == (None, "ok")


async def test_allowed_values() -> None:
    found = await listed(providers())
    office = filters(found["pipeline"])["office"]
    assert office["default"] == "04"
    assert [(one["value"], one["title"]) for one in office["values"]] == [
        ("04", "kujawsko-pomorskie"),
        ("32", "zachodniopomorskie"),
        ("PL", "wszystkie województwa"),
    ]
    assert not office["others_allowed"]
    measures = filters(found["pipeline"])["measure"]["values"]
    assert [one["title"] for one in measures] == ["7.2 Przeciwdziałanie wykluczeniu", "7.10"]
    named_elsewhere = filters(found["contracting"])["measure"]["values"]
    assert [one["title"] for one in named_elsewhere] == ["7.2 Przeciwdziałanie wykluczeniu"]
    year = filters(found["calls"])["year"]
    assert ([one["value"] for one in year["values"]], year["default"]) == (["2010", "2011"], None)
    day = filters(found["calls"])["as_of"]
    assert (day["values"], day["default"], day["others_allowed"]) == (None, "2011-09-26", True)
    assert [one["value"] for one in filters(found["contracting"])["rate_source"]["values"]] == [
        "nbp_a", "ec_monthly", "programming", "office",
    ]  # fmt: skip
    assert [one["value"] for one in filters(found["indicators"])["territory"]["values"]] == ["04", "PL"]


async def test_in_english() -> None:
    found = await listed(providers(), **{"Accept-Language": "en"})

    assert found["calls"]["title"] == "Calls"
    assert filters(found["pipeline"])["office"]["values"][-1]["title"] == "all voivodeships"


async def test_list_is_cached_until_a_change_and_revalidated_by_its_tag() -> None:
    services = providers()
    app = gateway_before(*services.values())
    async with client_of(app) as client:
        first = await client.get(LIST)
        again = await client.get(LIST, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert first.headers["miernik-position"] == "calls=10, contracts=10, indicators=10"
        assert sum(len(one.asked) for one in services.values()) == 4
        services["calls"].position = 11
        app.state.gateway.known.record_change("calls", 11, ["applications:32"])
        later = await client.get(LIST)
        assert later.headers["miernik-position"] == "calls=11, contracts=10, indicators=10"
        app.state.gateway.known.record_change("calls", 12, ["organisations"])
        await client.get(LIST)

    assert sum(len(one.asked) for one in services.values()) == 8


FAILURES = [httpx.ConnectError("refused"), 500, 404, 401]


@pytest.mark.parametrize("failure", FAILURES, ids=str)
async def test_a_service_that_is_down_costs_what_is_known_of_its_dashboards(failure: Exception | int) -> None:
    services = providers()
    services["calls"].failure = failure if isinstance(failure, Exception) else None
    services["calls"].status = failure if isinstance(failure, int) else 200
    app = gateway_before(*services.values())
    async with client_of(app) as client:
        answer = await client.get(LIST)
    assert (answer.status_code, answer.headers["miernik-degraded"]) == (200, "calls")
    assert answer.headers["cache-control"] == "no-store"
    found = {one["key"]: one for one in answer.json()}
    assert {key: one["status"] for key, one in found.items()} == {
        "pipeline": "missing",
        "contracting": "ok",
        "indicators": "ok",
        "calls": "missing",
        "overview": "missing",
    }
    assert "nie odpowiada" in found["pipeline"]["notice"]
    assert "notice" not in found["contracting"]
    assert app.state.gateway.cache.size == 0


async def test_what_was_last_known_is_shown_of_a_service_that_went_down() -> None:
    services = providers()
    app = gateway_before(*services.values())
    async with client_of(app) as client:
        await client.get(LIST)
        services["contracts"].failure = httpx.ReadTimeout("late")
        app.state.gateway.known.record_change("contracts", 11, ["rates"])
        found = {one["key"]: one for one in (await client.get(LIST)).json()}

    assert (found["contracting"]["status"], found["contracting"]["last_on"]) == ("stale", "2011-08-31")


async def test_it_needs_the_scope() -> None:
    services = providers()
    app = gateway_before(*services.values())
    async with client_of(app, POOR_KEY) as poor, client_of(app, None) as stranger:
        assert (await poor.get(LIST)).status_code == 403
        assert (await stranger.get(LIST)).status_code == 401

    assert all(one.asked == [] for one in services.values())


@pytest.mark.parametrize("path", [LIST, "/v1/openapi.json"])
async def test_a_parameter_that_means_nothing_here_is_refused_as_everywhere(path: str) -> None:
    services = providers()
    async with client_of(gateway_before(*services.values())) as client:
        answer = await client.get(path, params={"territory": "04"})

    assert_problem(answer, 422, "parameter_unknown", at="/query/territory")
    assert all(one.asked == [] for one in services.values())


def offices_apart() -> dict[str, FixedReports]:
    """Measures of two offices, beside indicators that know no office."""
    services = providers()
    own = [{"code": "7.2", "name": "Przeciwdziałanie", "office": "04"}, {"code": "P", "name": "PIS", "office": "32"}]
    for service, reports in (("calls", ("pipeline", "calls")), ("contracts", ("contracting",))):
        for one in reports:
            services[service].bodies[f"/v1/reports/{one}/bounds"] = bounds(measures=own)
    services["indicators"].bodies["/v1/reports/indicators/bounds"] = bounds(measures=[{"code": "8.1", "name": None}])
    return services


@pytest.mark.parametrize(
    ("query", "measures"),
    [("", ["7.2"]), ("?office=04", ["7.2"]), ("?office=32", ["P"]), ("?office=PL", ["7.2", "P"]), ("?office=28", [])],
)
async def test_measures_are_those_of_the_chosen_office(query: str, measures: list[str]) -> None:
    async with client_of(gateway_before(*offices_apart().values())) as client:
        found = {one["key"]: filters(one)["measure"] for one in (await client.get(f"{LIST}{query}")).json()}

    for key in ("pipeline", "contracting", "calls", "overview"):
        assert [one["value"] for one in found[key]["values"]] == measures, key
        assert found[key]["depends_on"] == "office"
    assert [one["value"] for one in found["indicators"]["values"]] == ["8.1"]
    assert "depends_on" not in found["indicators"]


@pytest.mark.parametrize("query", ["office=99", "office=4", "measure=7.2", "office="])
async def test_list_of_an_unknown_office_or_filter_is_refused(query: str) -> None:
    async with client_of(gateway_before(*providers().values())) as client:
        assert_problem(await client.get(f"{LIST}?{query}"), 422, "request_invalid")
