"""What every endpoint of contracts refuses in the same way; a new endpoint without an example fails here."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.contracts_service import ContractsService, contracts_and_calls
from tests.support.indicators_service import taken
from tests.support.personal_numbers import made_up_pesel
from tests.support.service_keys import SignedCalls

from miernik_contracts.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls
from miernik_shared.service_tokens import Caller

NOBODY = "0192f3a4-0000-7000-8000-000000000001"
OPERATION = ("/health", "/ready", "/metrics")
NBP = {
    "table": "A",
    "code": "EUR",
    "rates": [{"no": "168/A/NBP/2011", "effectiveDate": "2011-08-31", "mid": 4}],
}
RATE = {"source": "programming", "effective_on": "2011-01-01", "rate": "4.1"}
STATE = {"amount_eur": "200", "rate_source": "programming", "effective_on": "2010-01-01"}
AGREEMENT = {"number": "U-1", "kind": "grant", "node_id": "{node}", "signed_on": "2011-03-01", "value_pln": "10"}
AMENDMENT = {"amendment_number": "-01", "effective_on": "2011-04-01", "value_pln": "11"}
DECISION = {"node_id": "{node}", "limit_percent": "105", "number": "1", "decided_on": "2011-01-01"}


@dataclass(frozen=True)
class Example:
    """A request that succeeds; `{node}` and the like stand for ids of what is there."""

    path: str
    scope: str = "reports:read"
    status: int = 200
    body: dict[str, Any] | None = None
    missing: str | None = None
    lists: bool = False
    changes: bool = False
    """Whether it changes something that exists, and so needs `If-Match`."""
    takes_any_object: bool = False


def known(address: str) -> dict[str, str]:
    return {"path": f"{address}/by-external-id/lsi/1", "missing": f"{address}/by-external-id/lsi/2%2F11"}


ALLOCATIONS, AGREEMENTS, DECISIONS = "/v1/allocations", "/v1/agreements", "/v1/overcontracting-decisions"
BY_ID = "by-external-id/{system}/{value}"
EXAMPLES: dict[str, Example] = {
    "GET /v1/events": Example("/v1/events?after=0", "feed:read"),
    "POST /v1/exchange-rates": Example("/v1/exchange-rates", "rates:write", 201, RATE),
    "POST /v1/exchange-rate-imports": Example(
        "/v1/exchange-rate-imports?source=nbp_a", "rates:write", 201, NBP, takes_any_object=True
    ),
    "GET /v1/exchange-rates": Example("/v1/exchange-rates", lists=True),
    "GET /v1/exchange-rates/in-force": Example("/v1/exchange-rates/in-force?source=programming&on=2011-01-01"),
    f"POST {ALLOCATIONS}": Example(ALLOCATIONS, "allocations:write", 201, STATE | {"node_id": "{other}"}),
    f"GET {ALLOCATIONS}": Example(ALLOCATIONS, lists=True),
    f"GET {ALLOCATIONS}/{BY_ID}": Example(**known(ALLOCATIONS)),
    f"PUT {ALLOCATIONS}/{BY_ID}": Example(
        known(ALLOCATIONS)["path"], "allocations:write", body=STATE | {"node_id": "{node}"}, changes=True
    ),
    f"GET {ALLOCATIONS}/{{allocation_id}}": Example(f"{ALLOCATIONS}/{{allocation}}", missing=f"{ALLOCATIONS}/{NOBODY}"),
    f"PUT {ALLOCATIONS}/{{allocation_id}}": Example(
        f"{ALLOCATIONS}/{{allocation}}", "allocations:write", body=STATE, missing=f"{ALLOCATIONS}/{NOBODY}",
        changes=True,
    ),
    f"POST {DECISIONS}": Example(DECISIONS, "allocations:write", 201, DECISION),
    f"GET {DECISIONS}": Example(DECISIONS, lists=True),
    f"GET {DECISIONS}/{{decision_id}}": Example(f"{DECISIONS}/{{decision}}", missing=f"{DECISIONS}/{NOBODY}"),
    f"POST {AGREEMENTS}": Example(AGREEMENTS, "agreements:write", 201, AGREEMENT),
    f"GET {AGREEMENTS}": Example(AGREEMENTS, "agreements:read", lists=True),
    f"GET {AGREEMENTS}/{BY_ID}": Example(**known(AGREEMENTS), scope="agreements:read"),
    f"PUT {AGREEMENTS}/{BY_ID}": Example(
        known(AGREEMENTS)["path"], "agreements:write", body=AGREEMENT | {"number": "U-0", "value_pln": "12"},
        changes=True,
    ),
    f"GET {AGREEMENTS}/{{agreement_id}}": Example(
        f"{AGREEMENTS}/{{agreement}}", "agreements:read", missing=f"{AGREEMENTS}/{NOBODY}"
    ),
    f"GET {AGREEMENTS}/{{agreement_id}}/versions": Example(
        f"{AGREEMENTS}/{{agreement}}/versions", "agreements:read", missing=f"{AGREEMENTS}/{NOBODY}/versions"
    ),
    f"POST {AGREEMENTS}/{{agreement_id}}/amendments": Example(
        f"{AGREEMENTS}/{{agreement}}/amendments", "agreements:write", 201, AMENDMENT,
        missing=f"{AGREEMENTS}/{NOBODY}/amendments", changes=True,
    ),
    f"POST {AGREEMENTS}/{{agreement_id}}/termination": Example(
        f"{AGREEMENTS}/{{agreement}}/termination", "agreements:write", 201, {"effective_on": "2011-05-01"},
        missing=f"{AGREEMENTS}/{NOBODY}/termination", changes=True,
    ),
    **{
        f"GET /v1/reports/{name}{bounds}": Example(f"/v1/reports/{name}{bounds}")
        for name in ("contracting", "reconciliation")
        for bounds in ("", "/bounds")
    },
}  # fmt: skip
WRITES = [name for name in EXAMPLES if not name.startswith("GET")]
CHANGES = [name for name, example in EXAMPLES.items() if example.changes]
LISTS = [name for name, example in EXAMPLES.items() if example.lists]
MISSING = [name for name, example in EXAMPLES.items() if example.missing]
MONEY = [name for name in WRITES if name.startswith(("POST /v1/agreements", "POST /v1/allocations"))]


class Client:
    """Sends examples, each write under a key of its own; fills in the ids of what they are about."""

    def __init__(self, service: ContractsService, ids: dict[str, str]) -> None:
        self.service = service
        self.ids = ids

    async def send(self, name: str, by: httpx.AsyncClient | None = None, **changed: Any) -> httpx.Response:
        example = EXAMPLES[name]
        path = self.filled(changed.pop("path", example.path))
        content = None if example.body is None else self.filled(json.dumps(example.body)).encode()
        content = changed.pop("content", content)
        own = self.service.new_key() if name in WRITES else {}
        headers = {"Content-Type": "application/json"} | own | changed.pop("headers", {})
        headers = {header: value for header, value in headers.items() if value is not None}
        method = name.partition(" ")[0]
        return await (by or self.service.officer).request(method, path, content=content, headers=headers, **changed)

    def filled(self, text: str) -> str:
        for name, value in self.ids.items():
            text = text.replace(f"{{{name}}}", value)
        return text


async def client_of(service: ContractsService, node: str, other: str) -> Client:
    lsi = {"external_ids": [{"system": "lsi", "value": "1"}]}
    await service.add_rate("4", "2007-01-01")
    allocation = await service.grant(node, "100", **lsi)
    signed = await service.signed("U-0", node, "10", **lsi)
    decision = taken(await service.post(DECISIONS, DECISION | {"node_id": node}))
    ids = {"node": node, "other": other, "allocation": allocation["id"], "agreement": signed["id"]}
    return Client(service, ids | {"decision": decision["id"]})


@pytest.fixture(scope="module")
async def client(module_database: DatabaseUrls) -> AsyncIterator[Client]:
    """For tests that change nothing."""
    async with contracts_and_calls(module_database, wait_for_calls_seconds=0) as (service, told):
        yield await client_of(service, told.id_of("7.2"), told.id_of("7.3"))


@pytest.fixture
async def own_client(database: DatabaseUrls) -> AsyncIterator[Client]:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, told):
        yield await client_of(service, told.id_of("7.2"), told.id_of("7.3"))


def test_every_endpoint_has_an_example(client: Client) -> None:
    paths = client.service.app.openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert operations - {f"GET {path}" for path in OPERATION} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_without_credentials_nothing_is_answered(client: Client, name: str) -> None:
    before = client.service.row_counts()
    for headers in ({}, {"Authorization": "Bearer garbage"}):
        answer = await client.send(name, by=client.service.stranger, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_scope_of_the_endpoint_is_needed(client: Client, name: str) -> None:
    scope = EXAMPLES[name].scope
    answer = await client.send(name, by=client.service.caller("poor", scopes=CLIENT_SCOPES - {scope}))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert scope in answer.json()["detail"]


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_sibling_may_read_the_feed_and_nothing_else(client: Client, name: str) -> None:
    auth = SignedCalls("contracts", Caller("indicators", "indicators", CLIENT_SCOPES, region=True))
    answer = await client.send(name, by=client.service.stranger, auth=auth)
    assert answer.status_code == (200 if name == "GET /v1/events" else 403)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_parameter_that_is_none_is_refused(client: Client, name: str) -> None:
    before = client.service.row_counts()
    path = EXAMPLES[name].path
    answer = await client.send(name, path=f"{path}{'&' if '?' in path else '?'}dryrun=07", headers={"If-Match": '"v1"'})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/query/dryrun", "parameter_unknown")
    assert "dryrun" in error["message"]
    assert "07" not in error["message"]
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", MISSING)
async def test_what_is_not_there_is_not_found(client: Client, name: str) -> None:
    answer = await client.send(name, path=EXAMPLES[name].missing, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"].endswith("_not_found")) == (404, True)
    english = await client.send(
        name, path=EXAMPLES[name].missing, headers={"If-Match": '"v1"', "Accept-Language": "en"}
    )
    assert english.json()["detail"] != answer.json()["detail"]


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "_id}" in name])
async def test_an_id_that_is_none_is_refused(client: Client, name: str) -> None:
    path = EXAMPLES[name].path
    for placeholder in ("{allocation}", "{agreement}", "{decision}"):
        path = path.replace(placeholder, "17")
    answer = await client.send(name, path=path, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("name", WRITES)
async def test_a_body_that_cannot_be_read_changes_nothing(client: Client, name: str) -> None:
    before = client.service.row_counts()
    headers = {"If-Match": '"v1"'}
    for content, status in ((b"{", 400), (b"\xff", 400), (b"[]", 422), (b'"x"', 422), (b"null", 422), (b"{}", 422)):
        answer = await client.send(name, content=content, headers=headers)
        got = (answer.status_code, answer.headers["content-type"])
        assert got == (status, "application/problem+json"), content
    if not EXAMPLES[name].takes_any_object:
        unknown = client.filled(json.dumps((EXAMPLES[name].body or {}) | {"colour": "red"})).encode()
        answer = await client.send(name, content=unknown, headers=headers)
        assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (422, ["field_unknown"])
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_body_over_the_limit_is_refused_before_it_is_read(client: Client, name: str) -> None:
    answer = await client.send(name, headers={"Content-Length": str(64 * 1024 * 1024)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_long")


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_needs_the_current_state(client: Client, name: str) -> None:
    before = client.service.row_counts()
    missing = await client.send(name)
    stale = await client.send(name, headers={"If-Match": '"v99"'})
    assert (missing.status_code, missing.json()["code"]) == (428, "if_match_missing")
    assert (stale.status_code, stale.json()["code"]) == (412, "if_match_stale")
    assert stale.headers["etag"] == '"v1"'
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", MONEY)
async def test_money_needs_a_key(client: Client, name: str) -> None:
    before = client.service.row_counts()
    answer = await client.send(name, headers={"Idempotency-Key": None, "If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert client.service.row_counts() == before


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("name", LISTS)
async def test_a_foreign_cursor_is_refused(client: Client, name: str) -> None:
    own = name.rpartition("/")[2]
    strange = ("nonsense", cursor(), cursor("elsewhere", 1), cursor(own), cursor(own, 1, 2, 3, 4), cursor(own, None))
    for one in (*strange, cursor(own, "x", 1.5), cursor(own, True), cursor(own, "2011-99-99", 1)):
        answer = await client.send(name, path=f"{EXAMPLES[name].path}?cursor={one}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_foreign"), one


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", ["0", "501", "x"])
async def test_a_page_has_a_size(client: Client, name: str, limit: str) -> None:
    assert (await client.send(name, path=f"{EXAMPLES[name].path}?limit={limit}")).status_code == 422


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in WRITES])
async def test_a_good_read_succeeds(client: Client, name: str) -> None:
    before = client.service.row_counts()
    answer = await client.send(name)
    assert answer.status_code == EXAMPLES[name].status, answer.text
    assert name == "GET /v1/events" or answer.headers["miernik-position"].startswith("contracts=")
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_good_write_succeeds_once_however_often_it_is_sent(own_client: Client, name: str) -> None:
    headers = {"Idempotency-Key": "k-1"} | ({"If-Match": '"v1"'} if EXAMPLES[name].changes else {})
    before = own_client.service.row_counts()["change"]
    answers = await asyncio.gather(*(own_client.send(name, headers=headers) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {EXAMPLES[name].status, 409}
    first = next(answer for answer in answers if answer.is_success)
    assert first.headers.keys() >= {"miernik-position", "miernik-families"} or "idempotency-replayed" in first.headers
    after_first = own_client.service.row_counts()
    assert after_first["change"] == before + 1
    again = await own_client.send(name, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert own_client.service.row_counts() == after_first
    reused = await own_client.send(name, content=b"{} ", headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_personal_number_is_refused_and_repeated_nowhere(client: Client) -> None:
    number, before = made_up_pesel(), client.service.row_counts()
    texts = {
        f"POST {AGREEMENTS}": ("number", "beneficiary", "note"),
        f"PUT {AGREEMENTS}/{BY_ID}": ("beneficiary", "note"),
        f"POST {AGREEMENTS}/{{agreement_id}}/amendments": ("amendment_number", "note"),
        f"POST {AGREEMENTS}/{{agreement_id}}/termination": ("note",),
        f"POST {ALLOCATIONS}": ("note",),
        f"PUT {ALLOCATIONS}/{{allocation_id}}": ("note",),
        f"POST {DECISIONS}": ("number",),
    }
    for name, fields in texts.items():
        for field in fields:
            body = (EXAMPLES[name].body or {}) | {field: f"Jan K. {number}"}
            content = client.filled(json.dumps(body)).encode()
            answer = await client.send(name, content=content, headers={"If-Match": '"v1"'})
            errors = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
            assert (answer.status_code, errors) == (422, [(f"/{field}", "personal_number")]), name
            assert number not in answer.text
    assert client.service.row_counts() == before


async def test_a_text_that_no_column_holds_is_refused(client: Client) -> None:
    before = client.service.row_counts()
    for name, field in (
        (f"POST {AGREEMENTS}", "number"),
        (f"POST {ALLOCATIONS}", "note"),
        (f"POST {DECISIONS}", "number"),
    ):
        body = (EXAMPLES[name].body or {}) | {field: "x\u0000"}
        answer = await client.send(name, content=client.filled(json.dumps(body)).encode())
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), name
    assert client.service.row_counts() == before
