"""What every endpoint of programme, organisations and calls refuses in the same way, and what it repeats."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.calls_service import CallsService, call, external, node, running_calls
from tests.support.indicators_service import taken

from miernik_calls.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls

NOBODY = "0192f3a4-0000-7000-8000-000000000001"
FEATURES = ("/v1/programme-nodes", "/v1/organisations", "/v1/calls", "/v1/reports/calls")
ORGANISATION = {"name": "PCPR w Brodnicy"}


@dataclass(frozen=True)
class Example:
    """A request that succeeds; `missing` names something that is not there, `lists` says that it takes a cursor."""

    path: str
    scope: str = "reports:read"
    status: int = 200
    body: dict[str, Any] | None = None
    missing: str | None = None
    lists: bool = False
    changes: bool = False
    """Whether it changes something that exists, and so needs `If-Match`."""


def of_entity(
    address: str, name: str, new: dict[str, Any], state: dict[str, Any], write: str, read: str = "reports:read"
) -> dict[str, Example]:
    """Examples of the six endpoints that every entity has. The one that they are about is known to ksi as 1."""
    known = f"{address}/by-external-id/ksi"
    path, one = "{system}/{value}", f"{address}/{{{name}_id}}"
    return {
        f"POST {address}": Example(address, write, 201, new),
        f"GET {address}": Example(address, read, lists=True),
        f"GET {address}/by-external-id/{path}": Example(f"{known}/1", read, missing=f"{known}/2%2F11"),
        f"PUT {address}/by-external-id/{path}": Example(
            f"{known}/1", write, body=state | {"name": "x"} if name != "call" else state, changes=True
        ),
        f"GET {one}": Example(f"{address}/{{{name}}}", read, missing=f"{address}/{NOBODY}"),
        f"PUT {one}": Example(f"{address}/{{{name}}}", write, body=state, missing=f"{address}/{NOBODY}", changes=True),
    }


EXAMPLES: dict[str, Example] = {
    **of_entity(
        "/v1/programme-nodes", "node", node("7.3", "measure"),
        {"name": "Inna", "valid_from": "2011-01-01"}, "programme:write",
    ),
    **of_entity(
        "/v1/organisations", "organisation", ORGANISATION, {"name": "Inna"}, "organisations:write", "applications:read"
    ),
    **of_entity("/v1/calls", "call", call(number="2"), call(title="Inny"), "calls:write"),
    "GET /v1/reports/calls": Example("/v1/reports/calls"),
    "GET /v1/reports/calls/bounds": Example("/v1/reports/calls/bounds"),
}  # fmt: skip
EXAMPLES["PUT /v1/programme-nodes/by-external-id/{system}/{value}"] = Example(
    "/v1/programme-nodes/by-external-id/ksi/1",
    "programme:write",
    body=node("7.2", "measure", name="Inna"),
    changes=True,
)
WRITES = [name for name in EXAMPLES if not name.startswith("GET")]
CREATES = [name for name in EXAMPLES if name.startswith("POST")]
CHANGES = [name for name, example in EXAMPLES.items() if example.changes]
LISTS = [name for name, example in EXAMPLES.items() if example.lists]
MISSING = [name for name, example in EXAMPLES.items() if example.missing]
UPSERTS = [name for name in WRITES if "by-external-id" in name]


class Client:
    """Sends examples; fills in the ids of the thing they are about."""

    def __init__(self, service: CallsService, ids: dict[str, str]) -> None:
        self.service = service
        self.ids = ids

    async def send(self, name: str, by: httpx.AsyncClient | None = None, **changed: Any) -> httpx.Response:
        example = EXAMPLES[name]
        path = changed.pop("path", example.path).format(**self.ids)
        content = None if example.body is None else json.dumps(example.body).encode()
        content = changed.pop("content", content)
        headers = {"Content-Type": "application/json"} | changed.pop("headers", {})
        method = name.partition(" ")[0]
        return await (by or self.service.officer).request(method, path, content=content, headers=headers, **changed)


async def client_of(service: CallsService) -> Client:
    known = {"external_ids": [external("ksi", "1")]}
    made = {
        "node": await service.add_node("7.2", "measure", **known),
        "organisation": await service.add_organisation("MOPS", **known),
        "call": await service.add_call(**known),
    }
    return Client(service, {name: one["id"] for name, one in made.items()})


@pytest.fixture(scope="module")
async def client(module_database: DatabaseUrls) -> AsyncIterator[Client]:
    """For tests that change nothing."""
    async with running_calls(module_database) as service:
        yield await client_of(service)


@pytest.fixture
async def own_client(database: DatabaseUrls) -> AsyncIterator[Client]:
    async with running_calls(database) as service:
        yield await client_of(service)


def test_every_endpoint_has_an_example(client: Client) -> None:
    paths = client.service.app.openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    mine = {operation for operation in operations if operation.partition(" ")[2].startswith(FEATURES)}
    assert mine == set(EXAMPLES)


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
    others = client.service.caller("poor", scopes=CLIENT_SCOPES - {scope})
    answer = await client.send(name, by=others)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert scope in answer.json()["detail"]


@pytest.mark.parametrize("name", EXAMPLES)
async def test_another_part_may_read_the_feed_and_nothing_else(client: Client, name: str) -> None:
    contracts = client.service.caller("contracts", issuer="contracts")
    answer = await client.send(name, by=contracts)
    assert answer.status_code == 403


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


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith("_id}")])
async def test_an_id_that_is_none_is_refused(client: Client, name: str) -> None:
    answer = await client.send(
        name, path=f"{name.partition(' ')[2].partition('{')[0]}7.2", headers={"If-Match": '"v1"'}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "by-external-id" in name])
async def test_a_blank_external_id_is_refused(client: Client, name: str) -> None:
    before = client.service.row_counts()
    answer = await client.send(name, path=EXAMPLES[name].path.replace("/ksi/1", "/%20/1"), headers={"If-Match": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_body_that_cannot_be_read_changes_nothing(client: Client, name: str) -> None:
    before = client.service.row_counts()
    headers = {"If-Match": '"v1"'}
    for content, status in ((b"{", 400), (b"\xff", 400), (b"[]", 422), (b'"x"', 422), (b"null", 422), (b"{}", 422)):
        answer = await client.send(name, content=content, headers=headers)
        got = (answer.status_code, answer.headers["content-type"])
        assert got == (status, "application/problem+json"), content
    unknown = json.dumps((EXAMPLES[name].body or {}) | {"colour": "red"}).encode()
    answer = await client.send(name, content=unknown, headers=headers)
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (422, ["field_unknown"])
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_text_that_no_column_holds_is_refused(client: Client, name: str) -> None:
    before = client.service.row_counts()
    text = "title" if "/calls" in name else "name"
    content = json.dumps((EXAMPLES[name].body or {}) | {text: "x\u0000"}).encode()
    answer = await client.send(name, content=content, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
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


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("name", LISTS)
async def test_a_foreign_cursor_is_refused(client: Client, name: str) -> None:
    own = name.rpartition("/")[2]
    strange = ("nonsense", cursor(), cursor("elsewhere", 1), cursor(own), cursor(own, 1, 2, 3, 4), cursor(own, None))
    for one in (*strange, cursor(own, "x", 1.5), cursor(own, True)):
        answer = await client.send(name, path=f"{EXAMPLES[name].path}?cursor={one}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_foreign"), one


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", ["0", "501", "x"])
async def test_a_page_has_a_size(client: Client, name: str, limit: str) -> None:
    assert (await client.send(name, path=f"{EXAMPLES[name].path}?limit={limit}")).status_code == 422


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_good_request_succeeds(own_client: Client, name: str) -> None:
    example = EXAMPLES[name]
    answer = await own_client.send(name, headers={"If-Match": '"v1"'} if example.changes else {})
    assert answer.status_code == example.status, answer.text
    assert answer.headers["miernik-position"].startswith("calls=")
    assert ("etag" in answer.headers) is not (example.lists or "/reports/" in name)
    assert ("miernik-families" in answer.headers) is (name in WRITES)


@pytest.mark.parametrize("name", WRITES)
async def test_a_key_gives_the_first_answer_again(own_client: Client, name: str) -> None:
    headers = {"Idempotency-Key": "k-1"} | ({"If-Match": '"v1"'} if EXAMPLES[name].changes else {})
    first = await own_client.send(name, headers=headers)
    after_first = own_client.service.row_counts()
    again = await own_client.send(name, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content) != (0, b"")
    assert [one.headers.get("idempotency-replayed") for one in (first, again)] == [None, "true"]
    for header in ("etag", "location", "miernik-position"):
        assert again.headers.get(header) == first.headers.get(header)
    assert own_client.service.row_counts() == after_first
    other = json.dumps((EXAMPLES[name].body or {}) | {"external_ids": []}).encode() + b" "
    reused = await own_client.send(name, content=other, headers=headers)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("name", CREATES)
async def test_those_who_send_one_key_at_once_make_one_thing(own_client: Client, name: str) -> None:
    before = own_client.service.row_counts()["change"]
    headers = {"Idempotency-Key": "k-1"}
    answers = await asyncio.gather(*(own_client.send(name, headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert own_client.service.row_counts()["change"] == before + 1


@pytest.mark.parametrize("name", UPSERTS)
async def test_an_unknown_external_id_makes_a_new_thing(own_client: Client, name: str) -> None:
    body = (EXAMPLES[name].body or {}) | ({"code": "7.4"} if "node" in name else {})
    path = EXAMPLES[name].path.replace("ksi/1", "ksi/2")
    answer = await own_client.send(name, path=path, content=json.dumps(body).encode())
    assert (answer.status_code, answer.headers["etag"]) == (201, '"v1"')
    assert answer.json()["external_ids"] == [external("ksi", "2")]
    read = taken(await own_client.service.officer.get(answer.headers["location"]))
    assert read == taken(await own_client.service.officer.get(path)) == answer.json()
