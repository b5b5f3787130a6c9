"""What every endpoint of the applications refuses in the same way, and that each of them works."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.support.applications import APPLICATIONS, IMPORTS, add, imported, list_of, submitted
from tests.support.calls_service import CallsService, external, running_calls

from miernik_calls.app import CLIENT_SCOPES
from miernik_local.provision import DatabaseUrls

NOBODY = "0192f3a4-0000-7000-8000-000000000001"
PIPELINE = "/v1/reports/pipeline"
FEATURES = (APPLICATIONS, IMPORTS, PIPELINE)
WRITE, READ, REPORT = "applications:write", "applications:read", "reports:read"
JSON, CSV = "application/json", "text/csv"


@dataclass(frozen=True)
class Example:
    """A request that succeeds; `missing` names something that is not there, `changes` says that it needs `If-Match`."""

    path: str
    scope: str
    status: int = 200
    content: bytes | None = None
    media: str = JSON
    missing: str | None = None
    changes: bool = False


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


KNOWN, ONE = f"{APPLICATIONS}/by-external-id/ksi", f"{APPLICATIONS}/{{application}}"
NONE = f"{APPLICATIONS}/{NOBODY}"
STAGE = body({"stage": "formally_positive", "effective_on": "2011-03-01", "value_pln": "900.00"})
EXAMPLES = {
    f"POST {APPLICATIONS}": Example(APPLICATIONS, WRITE, 201, body(submitted("WND-2"))),
    f"GET {APPLICATIONS}": Example(f"{APPLICATIONS}?office=04&stage=submitted", READ),
    f"GET {APPLICATIONS}/by-external-id/{{system}}/{{value}}": Example(f"{KNOWN}/1", READ, missing=f"{KNOWN}/2%2F11"),
    f"PUT {APPLICATIONS}/by-external-id/{{system}}/{{value}}": Example(
        f"{KNOWN}/1", WRITE, content=body(submitted(title="Inny")), changes=True
    ),
    f"GET {APPLICATIONS}/{{application_id}}": Example(ONE, READ, missing=NONE),
    f"PUT {APPLICATIONS}/{{application_id}}": Example(
        ONE, WRITE, content=body({"title": "Inny"}), missing=NONE, changes=True
    ),
    f"POST {APPLICATIONS}/{{application_id}}/stages": Example(
        f"{ONE}/stages", WRITE, 201, STAGE, missing=f"{NONE}/stages", changes=True
    ),
    f"GET {APPLICATIONS}/{{application_id}}/versions": Example(f"{ONE}/versions", READ, missing=f"{NONE}/versions"),
    f"POST {IMPORTS}": Example(IMPORTS, WRITE, 201, list_of([submitted("WND-3")]), CSV),
    f"GET {IMPORTS}": Example(IMPORTS, READ),
    f"GET {IMPORTS}/{{import_id}}": Example(f"{IMPORTS}/{{list}}", READ, missing=f"{IMPORTS}/{NOBODY}"),
    f"GET {PIPELINE}": Example(f"{PIPELINE}?as_of=2011-08-31&office=PL&measure=7.2", REPORT),
    f"GET {PIPELINE}/bounds": Example(f"{PIPELINE}/bounds", REPORT),
}
WRITES = [name for name, example in EXAMPLES.items() if example.content is not None]
JSON_WRITES = [name for name in WRITES if EXAMPLES[name].media == JSON]
CHANGES = [name for name, example in EXAMPLES.items() if example.changes]
MISSING = [name for name, example in EXAMPLES.items() if example.missing]
BY_ID = [name for name in EXAMPLES if "_id}" in name]
LISTS = {APPLICATIONS: "applications", IMPORTS: "application-imports"}


class Client:
    """Sends examples; fills in the ids of the application and the list that they are about."""

    def __init__(self, service: CallsService, ids: dict[str, str]) -> None:
        self.service = service
        self.ids = ids

    async def send(self, name: str, by: httpx.AsyncClient | None = None, **changed: Any) -> httpx.Response:
        example = EXAMPLES[name]
        headers = {"Content-Type": example.media} | changed.pop("headers", {})
        return await (by or self.service.officer).request(
            name.partition(" ")[0],
            changed.pop("path", example.path).format(**self.ids),
            content=changed.pop("content", example.content),
            headers=headers,
            **changed,
        )


async def client_of(service: CallsService) -> Client:
    await service.add_tree()
    one = await add(service, external_ids=[external("ksi", "1")])
    brought = await imported(service, [submitted("WND-9", node="7.2.1")])
    return Client(service, {"application": one["id"], "list": brought["id"]})


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
    assert {one for one in operations if one.partition(" ")[2].startswith(FEATURES)} == set(EXAMPLES)


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
    contracts = client.service.caller("contracts", issuer="contracts")
    assert (await client.send(name, by=contracts)).status_code == 403


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


@pytest.mark.parametrize("name", BY_ID)
async def test_an_id_that_is_none_is_refused(client: Client, name: str) -> None:
    path = EXAMPLES[name].path.format(application="WND-1", list="1")
    answer = await client.send(name, path=path, headers={"If-Match": '"v1"'})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("name", JSON_WRITES)
async def test_a_body_that_cannot_be_read_changes_nothing(client: Client, name: str) -> None:
    before = client.service.row_counts()
    headers = {"If-Match": '"v1"'}
    for content, status in ((b"{", 400), (b"\xff", 400), (b"[]", 422), (b'"x"', 422), (b"null", 422)):
        answer = await client.send(name, content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), content
    unknown = body(json.loads(EXAMPLES[name].content or b"") | {"colour": "red"})
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
    assert (stale.status_code, stale.json()["code"], stale.headers["etag"]) == (412, "if_match_stale", '"v1"')
    assert client.service.row_counts() == before


@pytest.mark.parametrize("path", LISTS)
async def test_a_foreign_cursor_and_a_page_of_no_size_are_refused(client: Client, path: str) -> None:
    for values in (["elsewhere", 1], [LISTS[path]], [LISTS[path], 1, 2, 3], [LISTS[path], None, None]):
        strange = base64.urlsafe_b64encode(body(values)).decode()
        answer = await client.service.officer.get(path, params={"cursor": strange})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_foreign"), values
    for limit in ("0", "501", "x"):
        assert (await client.service.officer.get(path, params={"limit": limit})).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "2011-02-30"}, {"as_of": "yesterday"}, {"office": "00"}, {"office": "all"},
        {"known_at": "2011-08-31"},
        {"known_at": "2011-08-31T00:00:00Z"}, {"known_at": "9999-01-01T00:00:00Z"}, {"measure": "x" * 41},
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = await client.service.officer.get(PIPELINE, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    "query", [{"office": "4"}, {"stage": "signed"}, {"call": "1"}, {"number": "x" * 201}, {"node": "x" * 41}]
)
async def test_a_filter_that_makes_no_sense_is_refused(client: Client, query: dict[str, str]) -> None:
    assert (await client.service.officer.get(APPLICATIONS, params=query)).status_code == 422


@pytest.mark.parametrize("query", [{"office": "4"}, {"decimal": "x"}, {"partial": "perhaps"}])
async def test_a_list_with_senseless_options_is_refused(client: Client, query: dict[str, str]) -> None:
    answer = await client.send(f"POST {IMPORTS}", params=query)
    assert answer.status_code == 422


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_good_request_succeeds(own_client: Client, name: str) -> None:
    example = EXAMPLES[name]
    answer = await own_client.send(name, headers={"If-Match": '"v1"'} if example.changes else {})
    assert answer.status_code == example.status, answer.text
    assert answer.headers["miernik-position"].startswith("calls=")
    assert ("miernik-families" in answer.headers) is (name in WRITES)
    if name in WRITES:
        assert answer.headers["miernik-families"] == "applications:04"


@pytest.mark.parametrize("name", WRITES)
async def test_a_key_gives_the_first_answer_again(own_client: Client, name: str) -> None:
    headers = {"Idempotency-Key": "k-1"} | ({"If-Match": '"v1"'} if EXAMPLES[name].changes else {})
    answers = await asyncio.gather(*(own_client.send(name, headers=headers) for _ in range(3)))
    assert {answer.status_code for answer in answers} <= {EXAMPLES[name].status, 409}
    after_first = own_client.service.row_counts()
    again = await own_client.send(name, headers=headers)
    first = next(answer for answer in answers if answer.is_success)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert own_client.service.row_counts() == after_first
    other = await own_client.send(name, content=(EXAMPLES[name].content or b"") + b" ", headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
