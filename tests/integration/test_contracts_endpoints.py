"""The endpoints of contracts as a table, with what is asked of each."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.personal_numbers import made_up_pesel
from tests.support.endpoints.checks import EndpointChecks
from tests.support.endpoints.matrix import IF_FIRST, KEY, Endpoint, EndpointClient, Scene
from tests.support.endpoints.selection import each
from tests.support.services.contracts_service import contracts_and_calls, running_contracts

from miernik_contracts.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls

BY_EXTERNAL_ID = "by-external-id/{system}/{value}"
RATES, RATE_IMPORTS = "/v1/exchange-rates", "/v1/exchange-rate-imports"
ALLOCATIONS, AGREEMENTS, DECISIONS = "/v1/allocations", "/v1/agreements", "/v1/overcontracting-decisions"
ALLOCATION, AGREEMENT = f"{ALLOCATIONS}/{{allocation_id}}", f"{AGREEMENTS}/{{agreement_id}}"
GRANTING, SIGNING, READING = "allocations:write", "agreements:write", "agreements:read"
NBP = {
    "table": "A",
    "code": "EUR",
    "rates": [{"no": "168/A/NBP/2011", "effectiveDate": "2011-08-31", "mid": 4}],
}
RATE = {"source": "programming", "effective_on": "2011-01-01", "rate": "4.1"}
GRANTED = {"amount_eur": "200", "rate_source": "programming", "effective_on": "2010-01-01"}
SIGNED = {"number": "U-1", "kind": "grant", "node_id": "{node}", "signed_on": "2011-03-01", "value_pln": "10"}
AMENDED = {"amendment_number": "-01", "effective_on": "2011-04-01", "value_pln": "11"}
DECIDED = {"node_id": "{node}", "limit_percent": "105", "number": "1", "decided_on": "2011-01-01"}
OF_04 = "agreements:04"

Money = partial(Endpoint, status=201, needs_key=True, tagged=True)
State = partial(Endpoint, changes=True, tagged=True)
ENDPOINTS = [
    Endpoint("GET /v1/events", "feed:read", path="/v1/events?after=0"),
    Endpoint("GET /v1/confirmations/contracts", lists=(int,), cursors="confirmations"),
    Endpoint(f"POST {RATES}", "rates:write", 201, RATE, families="rates"),
    Endpoint(
        f"POST {RATE_IMPORTS}", "rates:write", 201, NBP, path=f"{RATE_IMPORTS}?source=nbp_a", any_object=True,
        families="rates",
    ),
    Endpoint(f"GET {RATES}", lists=(date, int)),
    Endpoint(f"GET {RATES}/in-force", path=f"{RATES}/in-force?source=programming&on=2011-01-01"),
    Money(f"POST {ALLOCATIONS}", GRANTING, body=GRANTED | {"node_id": "{other}"}, texts=("note",),
          families="allocations"),
    Endpoint(f"GET {ALLOCATIONS}", lists=(str,)),
    Endpoint(f"GET {ALLOCATIONS}/{BY_EXTERNAL_ID}", tagged=True),
    State(
        f"PUT {ALLOCATIONS}/{BY_EXTERNAL_ID}", GRANTING, body=GRANTED | {"node_id": "{node}"}, texts=("note",),
        another={"node_id": "{other}"}, families="allocations",
    ),
    Endpoint(f"GET {ALLOCATION}", tagged=True),
    State(f"PUT {ALLOCATION}", GRANTING, body=GRANTED, texts=("note",), families="allocations"),
    Endpoint(f"POST {DECISIONS}", GRANTING, 201, DECIDED, texts=("number",), families="allocations"),
    Endpoint(f"GET {DECISIONS}", lists=(int,)),
    Endpoint(f"GET {DECISIONS}/{{decision_id}}"),
    Money(f"POST {AGREEMENTS}", SIGNING, body=SIGNED, texts=("number", "beneficiary", "note"), families=OF_04),
    Endpoint(f"GET {AGREEMENTS}", READING, lists=(int,)),
    Endpoint(f"GET {AGREEMENTS}/{BY_EXTERNAL_ID}", READING, tagged=True),
    State(
        f"PUT {AGREEMENTS}/{BY_EXTERNAL_ID}", SIGNING, body=SIGNED | {"number": "U-0", "value_pln": "12"},
        texts=("beneficiary", "note"), another={"number": "U-2"}, families=OF_04,
    ),
    Endpoint(f"GET {AGREEMENT}", READING, tagged=True),
    State(
        f"PUT {AGREEMENT}", SIGNING, body=SIGNED | {"number": "U-0", "value_pln": "12"}, texts=("beneficiary", "note"),
        families=OF_04,
    ),
    Endpoint(f"GET {AGREEMENT}/versions", READING),
    Money(f"POST {AGREEMENT}/amendments", SIGNING, body=AMENDED, texts=("amendment_number", "note"), changes=True,
          families=OF_04),
    Money(f"POST {AGREEMENT}/termination", SIGNING, body={"effective_on": "2011-05-01"}, texts=("note",), changes=True,
          families=OF_04),
    Money(f"POST {AGREEMENT}/annulment", SIGNING, body={"reason": "Pomyłka"}, texts=("reason",), changes=True,
          families=OF_04),
    Endpoint("GET /v1/recommended-applications", READING, lists=(str, str, str)),
    *(
        Endpoint(f"GET /v1/reports/{name}{bounds}")
        for name in ("contracting", "reconciliation")
        for bounds in ("", "/bounds")
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
async def scene(module_database: DatabaseUrls) -> Scene:
    """A node with an allocation, an agreement and a decision, another without."""
    lsi: dict[str, Any] = {"external_ids": [{"system": "lsi", "value": "1"}]}
    async with contracts_and_calls(module_database) as (service, told):
        node, other = told.id_of("7.2"), told.id_of("7.3")
        await service.add_rate("4", "2007-01-01")
        made = {
            "allocation_id": await service.grant(node, "100", **lsi),
            "agreement_id": await service.signed("U-0", node, "10", **lsi),
            "decision_id": ok(await service.post(DECISIONS, DECIDED | {"node_id": node, "number": "0"})),
        }
    names = {name: one["id"] for name, one in made.items()}
    # The copies follow nobody, and what they have not learnt by now they never will.
    run = partial(running_contracts, wait_for_calls_seconds=0)
    return Scene(module_database, run, names | {"node": node, "other": other, "system": "lsi", "value": "1"})


class TestEndpoints(EndpointChecks):
    service = "contracts"
    scopes = CLIENT_SCOPES
    followers = frozenset({"indicators"})
    endpoints = ENDPOINTS

    @each(lambda endpoint: endpoint.needs_key)
    async def test_money_needs_a_key(self, client: EndpointClient, endpoint: Endpoint) -> None:
        answer = await client.send(endpoint, headers=IF_FIRST | {KEY: None})
        assert_problem(answer, 400, "idempotency_key_missing")

    @each(lambda endpoint: endpoint.texts)
    async def test_a_personal_number_is_refused_and_repeated_nowhere(
        self, client: EndpointClient, endpoint: Endpoint
    ) -> None:
        number = made_up_pesel()
        for field in endpoint.texts:
            answer = await client.send(endpoint, also={field: f"Jan K. {number}"}, headers=IF_FIRST)
            assert_problem(answer, 422, "personal_number", at=f"/{field}")
            assert number not in answer.text
