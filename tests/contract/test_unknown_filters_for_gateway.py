"""Unknown filter values: refused by the report and by its dashboard, so that they do not look like missing figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.applications import add
from tests.support.regions.sample_region import sample_region
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.calls_service import CallsService, running_calls
from tests.support.services.contracts_service import ContractsService, contracts_and_calls
from tests.support.services.gateway import client_of, gateway, set_feeds_connected, settings
from tests.support.services.indicators_service import IndicatorsService, running_indicators
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_gateway.app import GatewayApplication
from miernik_local.provision import DatabaseUrls


@dataclass
class Everything:
    calls: CallsService
    contracts: ContractsService
    calls_feed: CallsFeed
    indicators: IndicatorsService
    gateway: GatewayApplication

    async def dashboard(self, key: str, language: str = "pl", **query: str) -> httpx.Response:
        async with client_of(self.gateway) as client:
            return await client.get(f"/v1/dashboards/{key}", params=query, headers={"Accept-Language": language})


@pytest.fixture(scope="module")
async def everything(module_database: DatabaseUrls) -> AsyncIterator[Everything]:
    """Three services with a programme each knows of, in the office 04, and the gateway before them."""
    async with AsyncExitStack() as stack:
        calls = await stack.enter_async_context(running_calls(module_database))
        contracts, calls_feed = await stack.enter_async_context(contracts_and_calls(module_database))
        indicators = await stack.enter_async_context(running_indicators(module_database))
        await calls.add_tree()
        await add(calls, number="A", office="10")
        await calls.add_call(office="12")
        calls_feed.accepted("B", None, "2011-02-01", "1.00", office="10")
        await contracts.wait_until_applied(calls_feed)
        await sample_region(indicators)
        apps = {"calls": calls.app, "contracts": contracts.app, "indicators": indicators.app}
        configured = settings(signing_key=private_key("gateway"), trusted_keys=TRUSTED_KEYS)
        app = gateway(configured, transports={name: RenamedAnswers(one, {}) for name, one in apps.items()})
        set_feeds_connected(app, True)
        yield Everything(calls, contracts, calls_feed, indicators, app)


UNKNOWN = [
    ("pipeline", "measure", "7.9", "/v1/programme-nodes?office=04"),
    ("pipeline", "office", "06", "/v1/reports/pipeline/bounds"),
    ("calls", "measure", "XI", "/v1/programme-nodes?office=04"),
    ("calls", "office", "06", "/v1/reports/calls/bounds"),
    ("contracting", "measure", "7.2.9", "/v1/programme-nodes?office=04"),
    ("contracting", "office", "06", "/v1/reports/contracting/bounds"),
    ("indicators", "measure", "9.9", "/v1/reports/indicators/bounds"),
    ("indicators", "territory", "0499", "/v1/territories"),
]


@pytest.mark.parametrize(("key", "name", "value", "listed"), UNKNOWN)
async def test_unknown_filter_value_is_refused_with_the_address_of_known_ones(
    everything: Everything, key: str, name: str, value: str, listed: str
) -> None:
    for language, words in (("pl", "Żądanie zawiera błędy"), ("en", "The request contains errors")):
        answer = await everything.dashboard(key, language, **{name: value})
        problem = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert (problem["instance"], problem["allowed_values"]) == (f"/v1/dashboards/{key}", "/v1/dashboards")
        assert answer.headers["content-language"] == language
        assert problem["detail"].startswith(words)
        (fault,) = problem["errors"]
        assert (fault["pointer"], fault["params"]) == (f"/query/{name}", {"value": value, "listed": listed})
        assert value in fault["message"]
        assert listed in fault["message"]
        async with client_of(everything.gateway) as client:
            assert (await client.get(listed)).status_code == 200, "where the values are must be there to read"


async def test_a_measure_of_no_office_is_refused_for_all_offices_too(everything: Everything) -> None:
    for key in ("pipeline", "calls", "contracting"):
        answer = await everything.dashboard(key, office="PL", measure="7.9")
        assert answer.json()["errors"][0]["params"] == {"value": "7.9", "listed": "/v1/programme-nodes"}
        assert (await everything.dashboard(key, office="PL", measure="7.2")).status_code == 200


KNOWN = [
    ("pipeline", {"measure": "VII"}),
    ("pipeline", {"measure": "7.2.1"}),
    ("pipeline", {"office": "10", "as_of": "2007-01-01"}),
    ("pipeline", {"office": "12"}),
    ("calls", {"measure": "7.3"}),
    ("calls", {"office": "10"}),
    ("calls", {"year": "1999"}),
    ("contracting", {"measure": "VII"}),
    ("contracting", {"office": "10"}),
    ("contracting", {"measure": "7.1", "as_of": "1999-01-01"}),
    ("indicators", {"measure": "7"}),
    ("indicators", {"measure": "7.1", "as_of": "1999-01-01"}),
    ("indicators", {"territory": "0402"}),
]


@pytest.mark.parametrize(("key", "query"), KNOWN, ids=str)
async def test_known_filter_without_data_is_accepted(everything: Everything, key: str, query: dict[str, str]) -> None:
    answer = await everything.dashboard(key, **query)
    assert answer.status_code == 200, answer.text
    # Nobody has sent a return: the figures of the indicators are incomplete, and not refused.
    expected = "incomplete" if key == "indicators" and "as_of" not in query else "ok"
    assert answer.json()["sections"][0]["status"] == expected


async def test_a_reconciliation_of_an_unknown_office_is_refused(everything: Everything) -> None:
    answer = await everything.contracts.officer.get("/v1/reports/reconciliation", params={"office": "06"})
    assert_problem(answer, 422, "report_office_unknown")


async def test_refused_filter_is_accepted_once_its_value_exists(everything: Everything) -> None:
    asked = {"office": "14", "measure": "8.1"}
    for key in ("pipeline", "contracting"):
        assert (await everything.dashboard(key, **asked)).status_code == 422
    await everything.calls.add_node("8.1", "measure", office="14")
    everything.calls_feed.node("8.1", "measure", None, office="14")
    await everything.contracts.wait_until_applied(everything.calls_feed)
    for key in ("pipeline", "contracting"):
        assert (await everything.dashboard(key, **asked)).status_code == 200
    assert (await everything.dashboard("indicators", measure="8.1")).status_code == 422
    await everything.indicators.add_indicator("8.1-1")
    assert (await everything.dashboard("indicators", measure="8.1")).status_code == 200


async def test_filter_unknown_at_a_past_moment_stays_refused_for_it(everything: Everything) -> None:
    """A past moment is answered alike for ever, the refusal included."""
    for service, key in ((everything.calls, "pipeline"), (everything.contracts, "contracting")):
        ((first,),) = service.query("select at from change order by position limit 1")
        query = {"known_at": first.isoformat(), "office": "10"}
        assert (await everything.dashboard(key, **query)).status_code == 422
        assert (await everything.dashboard(key, known_at=first.isoformat())).status_code == 200


async def test_the_home_office_is_empty_and_not_unknown_before_anything_is_there(database: DatabaseUrls) -> None:
    async with running_calls(database) as calls, contracts_and_calls(database, CallsFeed()) as (contracts, _):
        for service, report in ((calls, "pipeline"), (calls, "calls"), (contracts, "contracting")):
            for query in ({}, {"office": "04"}, {"office": "PL"}):
                assert ok(await service.officer.get(f"/v1/reports/{report}", params=query))


async def test_every_value_that_the_list_offers_is_accepted(everything: Everything) -> None:
    """Walk all values of all filters, of the home office and of each office that the list offers."""
    everything.calls_feed.node("9.9", "measure", office="32")
    await everything.contracts.wait_until_applied(everything.calls_feed)
    await everything.calls.add_node("9.8", "measure", office="32")
    async with client_of(everything.gateway) as client:
        tried: set[tuple[str, str, str, str]] = set()
        for office in ("", "04", "32", "PL"):
            chosen = {"office": office} if office else {}
            for entry in ok(await client.get("/v1/dashboards", params=chosen)):
                for one in entry["filters"]:
                    with_office = chosen if one.get("depends_on") else {}
                    for value in one["values"] or ():
                        query = with_office | {one["name"]: value["value"]}
                        answer = await client.get(entry["href"], params=query)
                        assert answer.status_code == 200, (entry["href"], query, answer.text)
                        tried.add((entry["key"], office, one["name"], value["value"]))

    assert {("contracting", "32", "measure", "9.9"), ("pipeline", "32", "measure", "9.8")} <= tried
    assert ("contracting", "", "measure", "9.9") not in tried
