"""Each service keeps to its OpenAPI document, whatever is sent: on a real database, every operation."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.house.openapi_documents import FOLDER
from tests.support.answers import ok
from tests.support.builders.applications import COLUMNS, STAGES, add, imported, submitted
from tests.support.builders.fuzzed_files import DAYS, list_of_applications, nbp_file, return_of_a_unit
from tests.support.databases.postgres import PostgresServer, drop_database, fresh_database
from tests.support.endpoints.fuzzing import Fuzzed, fuzz
from tests.support.regions.sample_region import GMINY, make_sample, units_by_code
from tests.support.regions.terc_files import terc_file
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.calls_service import TREE, CallsService, external, node, running_calls
from tests.support.services.contracts_service import ContractsService, contracts_and_calls
from tests.support.services.gateway import client_of, gateway, set_feeds_connected, settings
from tests.support.services.indicators_service import (
    FORM,
    IndicatorsService,
    csv,
    definition,
    form_body,
    running_indicators,
)
from tests.support.services.renamed_answers import RenamedAnswers
from tests.support.services.service_keys import TRUSTED_KEYS, private_key

from miernik_gateway.app import GatewayApplication

EXAMPLES = 12
"""Of what the document allows; half as many more of what it does not."""
DAY_COLUMNS = tuple(name for name in COLUMNS if name.endswith("_on"))
AMOUNTS = ("0.00", "0.01", "1000.00", "99999999.99", "9999999999999999.99")
FREE = ("7.1-7", "7.1-8", "7.1-9")
"""Indicators on no form."""
ELSEWHERE = {"system": ["sl2014"], "value": ["1"]}


def paths(service: str) -> list[Any]:
    document = json.loads((FOLDER / f"{service}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(method.upper(), path, id=f"{method.upper()} {path}")
        for path, methods in document["paths"].items()
        for method in methods
    ]


@pytest.fixture(scope="module")
async def calls(postgres_server: PostgresServer) -> AsyncIterator[Fuzzed]:
    urls = fresh_database(postgres_server)
    async with running_calls(urls) as service:
        yield await _some_calls(service)
    drop_database(postgres_server, urls)


async def _some_calls(service: CallsService) -> Fuzzed:
    nodes = await service.add_tree()
    nodes["7.4"] = await service.add_node("7.4", "measure", "VII", external_ids=[external("sl2014", "1")])
    organisation = await service.add_organisation(regon="123456785", external_ids=[external("sl2014", "1")])
    call = await service.add_call(node="7.2.1", number="1/7.2.1/2011", external_ids=[external("sl2014", "1")])
    one = await add(service, number="WND-1", node="7.2.1", call=call["id"], external_ids=[external("sl2014", "1")])
    other = await add(service, number="WND-2")
    wrong = [await add(service, number=f"BŁĄD-{number}") for number in range(6)]
    lists = [await imported(service, [submitted(f"LISTA-{number}")]) for number in range(6)]
    listed = await imported(service, [submitted("WND-3", node="7.1.1"), submitted("WND-4")])
    known = {
        "node_id": [node["id"] for node in nodes.values()],
        "call_id": [call["id"]],
        "organisation_id": [organisation["id"]],
        "application_id": [one["id"], other["id"]],
        "annulment/application_id": [each["id"] for each in wrong],
        "import_id": [listed["id"]],
        "annulment/import_id": [each["id"] for each in lists],
        "call": [call["id"]],
        "organisation": [organisation["id"]],
        "node": [code for code, _, _ in TREE],
        "parent": ["POKL", "VII", "7.1"],
        "measure": ["7.1", "7.2", "VII", "9.9"],
        "office": ["04", "04", "32"],
        "reports/office": ["04", "32", "PL"],
        "number": ["WND-1", "WND-2", "1/7.2.1/2011"],
        "stage": [*STAGES, "withdrawn", "rejected"],
        "year": [2011, 2010],
        "regon": ["123456785", None],
        "nip": ["5260001246", None],
        "krs": ["0000028860", None],
        "timeout": [0],
        "decimal": [","],
        "after": [0, 1, 2**63 - 1],
        **_days("as_of", "valid_from", "effective_on", "announced_on", "closes_on", *DAY_COLUMNS),
        "planned_signing_from": ["2011-12", "2012-01"],
        "planned_signing_to": ["2012-01", "2012-02"],
        **_amounts("budget_pln", "value_pln", *(name for name in COLUMNS if name.endswith("_pln"))),
        **ELSEWHERE,
    }
    bodies = {
        "POST /v1/programme-nodes": lambda chance: node(f"7.1.{chance.randint(10, 999)}", "sub_measure", "7.1"),
        "PUT /v1/programme-nodes/by-external-id/{system}/{value}": lambda chance: node(
            "7.4", "measure", "VII", name=f"Działanie {chance.random()}"
        ),
        "POST /v1/calls": _call,
        "PUT /v1/calls/by-external-id/{system}/{value}": _call,
        "PUT /v1/calls/{call_id}": _call,
        "POST /v1/applications": lambda chance: _state(chance, call["id"]) | {"number": f"WND-{chance.randint(5, 99)}"},
        "PUT /v1/applications/{application_id}": lambda chance: _state(chance, call["id"]),
        "PUT /v1/applications/by-external-id/{system}/{value}": lambda chance: (
            _state(chance, call["id"]) | {"number": "WND-1"}
        ),
        "POST /v1/applications/{application_id}/stages": lambda chance: {
            "stage": chance.choice([*STAGES, "withdrawn", "rejected"]),
            "effective_on": chance.choice([*DAYS, *DAYS[3:5]]),
            "value_pln": chance.choice([*AMOUNTS, None, "900.00", "800.00"]),
        },
    }
    return Fuzzed(
        service.app,
        service.app.openapi(),
        service.officer,
        known,
        {"/v1/application-imports": list_of_applications},
        bodies,
    )


def _state(chance: random.Random, call: str) -> dict[str, Any]:
    """A state of an application that reached some of the stages in order."""
    days = sorted(chance.sample(DAYS[:5], 3))
    reached = dict(zip(STAGES[: chance.randint(0, 3)], days, strict=False))
    state: dict[str, Any] = {"node": chance.choice(["7.2.1", "7.1.1", None]), "call": chance.choice([call, None])}
    state |= {f"{stage}_on": day for stage, day in reached.items()}
    return state | {f"{stage}_value_pln": chance.choice(AMOUNTS) for stage in reached}


@pytest.fixture(scope="module")
async def contracts(postgres_server: PostgresServer) -> AsyncIterator[Fuzzed]:
    urls = fresh_database(postgres_server)
    calls_feed = CallsFeed()
    calls_feed.priority_vii()
    ids = [calls_feed.accepted(f"WND-{number}", "7.2.1", "2011-02-01", "1000.00") for number in range(3)]
    async with contracts_and_calls(urls, calls_feed, wait_for_calls_seconds=0.01) as (service, _):
        yield await _some_contracts(service, calls_feed, ids)
    drop_database(postgres_server, urls)


async def _some_contracts(service: ContractsService, calls_feed: CallsFeed, applications: list[str]) -> Fuzzed:
    number = [external("sl2014", "1")]
    await service.add_rate("4.1445", "2007-01-01")
    allocation = await service.grant(calls_feed.id_of("7.2"), "1000000.00", external_ids=number)
    first = await service.signed("UDA-1", calls_feed.id_of("7.2.1"), "1000.00", external_ids=number)
    second = await service.signed("UDA-2", None, "1000.00", application_id=applications[0])
    wrong = [await service.signed(f"BŁĄD-{number}", calls_feed.id_of("7.2.1"), "1.00") for number in range(6)]
    nodes = [calls_feed.id_of(code) for code in ("7.2.1", "7.2.2", "7.2", "7.3", "VII")]
    decision = ok(
        await service.post(
            "/v1/overcontracting-decisions",
            {"node_id": nodes[3], "limit_percent": "110.00", "number": "1/2011", "decided_on": "2011-01-01"},
        )
    )
    known = {
        "node": nodes,
        "node_id": nodes,
        "application": applications,
        "application_id": [*applications, None, None],
        "agreement_id": [first["id"], second["id"]],
        "annulment/agreement_id": [one["id"] for one in wrong],
        "allocation_id": [allocation["id"]],
        "decision_id": [decision["id"]],
        "office": ["04", "04", "32"],
        "reports/office": ["04", "32", "PL"],
        "measure": ["7.1", "7.2", "9.9"],
        "source": ["nbp_a", "ec_monthly", "programming", "office"],
        "exchange-rate-imports/source": ["nbp_a"],
        "currency": ["EUR"],
        "rate_source": ["nbp_a", "ec_monthly", "programming", "office"],
        "timeout": [0],
        "after": [0, 1, 2**63 - 1],
        "limit_percent": ["100", "105.00", "99999.99"],
        "rate": ["4.1445", "999999.999999", "0.000001"],
        **_days("as_of", "on", "rate_on", "effective_on", "signed_on", "decided_on", "valid_from", "valid_to"),
        **_amounts("amount_eur", "value_pln"),
        **ELSEWHERE,
    }
    bodies = {
        "POST /v1/agreements": lambda chance: _agreement(chance, nodes, applications),
        "PUT /v1/agreements/by-external-id/{system}/{value}": lambda chance: _first_agreement(chance, nodes),
        "PUT /v1/agreements/{agreement_id}": lambda chance: _first_agreement(chance, nodes),
        "POST /v1/agreements/{agreement_id}/amendments": lambda chance: {
            "amendment_number": str(chance.randint(1, 99)),
            "effective_on": chance.choice(["2011-03-01", "2012-01-01", "9999-12-31"]),
            "value_pln": chance.choice(AMOUNTS[1:4]),
        },
        "POST /v1/exchange-rate-imports": nbp_file,
        "POST /v1/exchange-rates": lambda chance: {
            "source": chance.choice(["nbp_a", "ec_monthly", "programming"]),
            "table_no": "1/A/NBP/2011",
            "effective_on": chance.choice(["2011-03-01", "0001-01-01", "9999-12-01"]),
            "rate": chance.choice(["4.1445", "999999.999999", "0.000001"]),
        },
        "POST /v1/allocations": lambda chance: {
            "node_id": chance.choice(nodes),
            "amount_eur": chance.choice(AMOUNTS),
            "rate_source": chance.choice(["nbp_a", "programming"]),
            "effective_on": chance.choice(DAYS),
            "territory": chance.choice(["040201", "0402", None, "3202"]),
        },
        "PUT /v1/allocations/by-external-id/{system}/{value}": lambda chance: (
            _allocation(chance) | {"node_id": nodes[2]}
        ),
        "PUT /v1/allocations/{allocation_id}": _allocation,
    }
    return Fuzzed(service.app, service.app.openapi(), service.officer, known, bodies=bodies)


def _first_agreement(chance: random.Random, nodes: list[str]) -> dict[str, Any]:
    state = {"number": "UDA-1", "kind": "grant", "signed_on": "2011-03-01", "value_pln": chance.choice(AMOUNTS[1:3])}
    return _agreement(chance, nodes[:1], []) | state


def _agreement(chance: random.Random, nodes: list[str], applications: list[str]) -> dict[str, Any]:
    return {
        "number": f"UDA-{chance.randint(3, 99)}",
        "kind": chance.choice(["grant", "framework"]),
        "node_id": chance.choice(nodes[:3]),
        "application_id": chance.choice([*applications, None]),
        "signed_on": chance.choice(["2011-03-01", "2012-01-01", "2007-01-01"]),
        "value_pln": chance.choice(AMOUNTS[1:4]),
    }


@pytest.fixture(scope="module")
async def indicators(postgres_server: PostgresServer) -> AsyncIterator[Fuzzed]:
    urls = await make_sample(postgres_server)
    async with running_indicators(urls) as service:
        yield await _some_indicators(service)
    drop_database(postgres_server, urls)


async def _some_indicators(service: IndicatorsService) -> Fuzzed:
    units = await units_by_code(service)
    sent = ok(await service.send(csv("7.1-1;;12", "7.1-1;rural;3", "7.1-2;;5", "7.1-3;;7")))
    for code in FREE:
        await service.add_indicator(code)
    await service.set_target("7.1-1", "original", "9800")
    ok(
        await service.officer.put(
            "/v1/reporting-units/by-external-id/sl2014/1", json={"kind": "PCPR", "territory": "0402", "name": "PCPR"}
        )
    )
    ok(await service.officer.put(f"/v1/forms/{FORM}/periods/2012-H2/owing-list", json={"units": ["OPS-040201"]}))
    known = {
        "forms/code": [FORM],
        "indicators/code": ["7.1-1", "7.1-2", "7.1-3"],
        "territories/code": ["04", "0402", *GMINY],
        "form": [FORM],
        "unit": [*(code for code in units if code.startswith("OPS")), units["OPS-040201"]["id"]],
        "unit_id": [unit["id"] for unit in units.values()],
        "submission_id": [sent["id"]],
        "period": ["2011-H1", "2010-H2", "2012-H2"],
        "forms/period": ["2013-H1", "2013-H2", "2012-H2"],
        "indicator": ["7.1-1", "7.1-2"],
        "indicators": [["7.1-1"], ["7.1-1", "7.1-2"]],
        "breakdown": ["rural"],
        "measure": ["7.1", "9.9"],
        "territory": ["04", "0402", *GMINY],
        "parent": ["04", "0402"],
        "timeout": [0],
        "after": [0, 1, 2**63 - 1],
        **_days("as_of", "on", "valid_from", "effective_on", "opens_on", "due_on"),
        **ELSEWHERE,
    }
    tables = {"/v1/submissions": return_of_a_unit, "/v1/territory-imports": _register}
    bodies = {
        "POST /v1/forms": lambda chance: form_body([chance.choice(FREE)], code=f"F{chance.randint(1, 99)}"),
        "PUT /v1/forms/{code}": lambda chance: form_body(chance.choice([["7.1-1"], ["7.1-1", "7.1-2", "7.1-3"]])),
        "PUT /v1/forms/{code}/periods/{period}": lambda chance: {
            "opens_on": chance.choice(DAYS[:3]),
            "due_on": chance.choice(["2099-01-01", "9999-12-31"]),
        },
        "POST /v1/indicators": lambda chance: definition(
            chance.choice(["sum", "last"]), code=f"9.{chance.randint(1, 99)}-1", measure="9.9"
        ),
        "PUT /v1/indicators/{code}": lambda chance: definition(
            chance.choice(["sum", "last"]), ["rural"], valid_from=chance.choice(DAYS), redefined=chance.random() < 0.5
        ),
        "PUT /v1/reporting-units/by-external-id/{system}/{value}": lambda chance: {
            "kind": "PCPR",
            "territory": "0402",
            "name": f"PCPR {chance.random()}",
        },
    }
    return Fuzzed(service.app, service.app.openapi(), service.officer, known, tables, bodies)


def _register(chance: random.Random) -> bytes:
    return terc_file(day=chance.choice(["2011-01-01", "2012-01-01", *DAYS]))


def _call(chance: random.Random) -> dict[str, Any]:
    """A state of a call; the latest of the plausible days comes most often: no state precedes the one before it."""
    valid_from = chance.choice([*DAYS, *[DAYS[4]] * len(DAYS)])
    return {"title": f"Konkurs {chance.random()}", "kind": "open", "valid_from": valid_from}


def _allocation(chance: random.Random) -> dict[str, Any]:
    """A revision of an allocation of a million; others than the last two need a confirmation."""
    return {
        "amount_eur": chance.choice([*AMOUNTS, *["900000.00", "1100000.00"] * 4]),
        "rate_source": "programming",
        "effective_on": chance.choice(DAYS),
    }


def _days(*names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, DAYS)


def _amounts(*names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names, AMOUNTS)


@pytest.fixture(scope="module")
async def before_all(
    postgres_server: PostgresServer, calls: Fuzzed, contracts: Fuzzed, indicators: Fuzzed
) -> AsyncIterator[GatewayApplication]:
    urls = fresh_database(postgres_server)
    configured = settings(
        database_url=urls.app["gateway"], signing_key=private_key("gateway"), trusted_keys=TRUSTED_KEYS
    )
    transports = {"calls": _behind(calls), "contracts": _behind(contracts), "indicators": _behind(indicators)}
    app = gateway(configured, transports=transports)
    yield app
    await app.state.service.engine.dispose()
    drop_database(postgres_server, urls)


def _behind(service: Fuzzed) -> httpx.AsyncBaseTransport:
    return RenamedAnswers(service.app, {})


async def _holds(target: Fuzzed, method: str, path: str) -> None:
    outcome = await fuzz(target, method, path, EXAMPLES)
    assert outcome.faults == {}
    assert outcome.statuses.keys() & {200, 201, 304}, outcome.statuses


@pytest.mark.parametrize(("method", "path"), paths("calls"))
async def test_calls(calls: Fuzzed, method: str, path: str) -> None:
    await _holds(calls, method, path)


@pytest.mark.parametrize(("method", "path"), paths("contracts"))
async def test_contracts(contracts: Fuzzed, method: str, path: str) -> None:
    await _holds(contracts, method, path)


@pytest.mark.parametrize(("method", "path"), paths("indicators"))
async def test_indicators(indicators: Fuzzed, method: str, path: str) -> None:
    await _holds(indicators, method, path)


@pytest.mark.parametrize(("method", "path"), paths("gateway"))
async def test_gateway(before_all: GatewayApplication, method: str, path: str) -> None:
    known = {
        "office": ["04", "32", "PL"],
        "measure": ["7.1", "7.2", "9.9"],
        "territory": ["04", "0402", *GMINY],
        "year": [2011, 2010],
        "service": ["calls", "contracts", "indicators"],
        "rate_source": ["programming", "nbp_a"],
        **_days("as_of", "rate_on"),
    }
    set_feeds_connected(before_all, True)
    async with client_of(before_all) as client:
        await _holds(Fuzzed(before_all, before_all.fastapi.openapi(), client, known), method, path)
