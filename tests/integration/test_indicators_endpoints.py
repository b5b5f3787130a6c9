"""What every endpoint refuses in the same way, endpoint by endpoint; a new endpoint without an example fails here."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from tests.support.indicators_service import CSV, IndicatorsService, csv, definition, form_body, taken
from tests.support.service_keys import KEYS, signer
from tests.support.terc_files import terc_file

from miernik_indicators.app import CLIENT_SCOPES
from miernik_shared.service_tokens import Caller

NOBODY = "0192f3a4-0000-7000-8000-000000000001"
UNIT = {"kind": "PCPR", "territory": "0402", "name": "PCPR"}
OPEN = {"opens_on": "2014-07-01", "due_on": "2014-07-31"}
RETURN = "?form=SP7&unit=OPS-040201&period=2011-H1"


@dataclass(frozen=True)
class Example:
    """A request that succeeds; `missing` names something that is not there, `lists` says that it takes a cursor."""

    path: str
    scope: str = "reports:read"
    status: int = 200
    body: dict[str, Any] | None = None
    file: bytes | None = None
    missing: str | None = None
    lists: bool = False
    changes: bool = False
    """Whether it changes something that exists, and so needs `If-Match`."""
    not_there: tuple[int, ...] = field(default=(404,))


EXAMPLES: dict[str, Example] = {
    "GET /v1/events": Example("/v1/events?after=0", "feed:read"),
    "POST /v1/territory-imports": Example(
        "/v1/territory-imports", "register:write", 201, file=terc_file(day="2013-01-01")
    ),
    "GET /v1/territories": Example("/v1/territories", lists=True),
    "GET /v1/territories/{code}": Example("/v1/territories/0402", missing="/v1/territories/0499"),
    "POST /v1/reporting-units": Example("/v1/reporting-units", "units:write", 201, UNIT),
    "GET /v1/reporting-units": Example("/v1/reporting-units", lists=True),
    "GET /v1/reporting-units/by-external-id/{system}/{value}": Example(
        "/v1/reporting-units/by-external-id/cas/1", missing="/v1/reporting-units/by-external-id/cas/2%2F11"
    ),
    "PUT /v1/reporting-units/by-external-id/{system}/{value}": Example(
        "/v1/reporting-units/by-external-id/cas/1", "units:write", body=UNIT | {"territory": "0408", "name": "Inne"},
        changes=True,
    ),
    "GET /v1/reporting-units/{unit_id}": Example(
        "/v1/reporting-units/{unit}", missing=f"/v1/reporting-units/{NOBODY}"
    ),
    "PUT /v1/reporting-units/{unit_id}": Example(
        "/v1/reporting-units/{unit}", "units:write", body={"name": "MOPS"}, missing=f"/v1/reporting-units/{NOBODY}",
        changes=True,
    ),
    "POST /v1/indicators": Example("/v1/indicators", "definitions:write", 201, definition(code="7.9-1", measure="7.9")),
    "GET /v1/indicators": Example("/v1/indicators", lists=True),
    "GET /v1/indicators/{code}": Example("/v1/indicators/7.1-1", missing="/v1/indicators/7.1-9"),
    "PUT /v1/indicators/{code}": Example(
        "/v1/indicators/7.1-1", "definitions:write", body=definition(redefined=False, valid_from="2012-01-01"),
        missing="/v1/indicators/7.1-9", changes=True,
    ),
    "POST /v1/indicators/{code}/targets": Example(
        "/v1/indicators/7.1-1/targets", "definitions:write", 201,
        {"status": "original", "value": "9800", "effective_on": "2007-01-01"}, missing="/v1/indicators/7.1-9/targets",
    ),
    "POST /v1/forms": Example("/v1/forms", "forms:write", 201, form_body(["7.2-1"], code="SP72")),
    "GET /v1/forms": Example("/v1/forms", lists=True),
    "GET /v1/forms/{code}": Example("/v1/forms/SP7", missing="/v1/forms/SP9"),
    "PUT /v1/forms/{code}": Example(
        "/v1/forms/SP7", "forms:write", body=form_body(["7.1-1", "7.1-2", "7.1-3"], title="Inny"),
        missing="/v1/forms/SP9", changes=True,
    ),
    "GET /v1/forms/{code}/periods": Example("/v1/forms/SP7/periods", missing="/v1/forms/SP9/periods"),
    "PUT /v1/forms/{code}/periods/{period}": Example(
        "/v1/forms/SP7/periods/2011-H1", "forms:write", body=OPEN, missing="/v1/forms/SP9/periods/2011-H1", changes=True
    ),
    "POST /v1/submissions": Example(
        f"/v1/submissions{RETURN}", "submissions:write", 201, file=csv("7.1-1;;5").encode(),
        missing="/v1/submissions?form=SP9&unit=OPS-040201&period=2011-H1", not_there=(422,),
    ),
    "GET /v1/submissions": Example("/v1/submissions", lists=True),
    "GET /v1/submissions/{submission_id}": Example(
        "/v1/submissions/{submission}", missing=f"/v1/submissions/{NOBODY}"
    ),
    "GET /v1/submissions/{submission_id}/findings": Example(
        "/v1/submissions/{submission}/findings", missing=f"/v1/submissions/{NOBODY}/findings", lists=True
    ),
    "GET /v1/submissions/{submission_id}/file": Example(
        "/v1/submissions/{submission}/file", missing=f"/v1/submissions/{NOBODY}/file"
    ),
    "GET /v1/reports/indicators/bounds": Example("/v1/reports/indicators/bounds"),
    "GET /v1/reports/indicators": Example(
        "/v1/reports/indicators", missing="/v1/reports/indicators?territory=0499", not_there=(422,)
    ),
    "GET /v1/observations": Example(
        "/v1/observations?indicator=7.1-1", missing="/v1/observations?indicator=7.1-1&territory=0499", lists=True,
        not_there=(422,),
    ),
}  # fmt: skip
WRITES = [name for name, example in EXAMPLES.items() if not name.startswith("GET")]
CHANGES = [name for name, example in EXAMPLES.items() if example.changes]
LISTS = [name for name, example in EXAMPLES.items() if example.lists]
MISSING = [name for name, example in EXAMPLES.items() if example.missing]
OPERATION = ("/health", "/ready", "/metrics")


class Client:
    """Sends examples; fills in the ids of the thing they are about."""

    def __init__(self, service: IndicatorsService, ids: dict[str, str]) -> None:
        self.service = service
        self.ids = ids

    async def send(self, name: str, by: httpx.AsyncClient | None = None, **changed: Any) -> httpx.Response:
        example = EXAMPLES[name]
        path = changed.pop("path", example.path).format(**self.ids)
        content = example.file if example.body is None else json.dumps(example.body).encode()
        content = changed.pop("content", content)
        headers = (CSV if example.file else {"Content-Type": "application/json"}) | changed.pop("headers", {})
        method = name.partition(" ")[0]
        return await (by or self.service.officer).request(method, path, content=content, headers=headers, **changed)


@pytest.fixture(scope="module")
async def client(shared_service: IndicatorsService) -> Client:
    service = shared_service
    unit = taken(await service.officer.get("/v1/reporting-units?code=OPS-040201"))["items"][0]
    submission = taken(await service.send(csv("7.1-1;;5"), period="2010-H1"))
    body = UNIT | {"territory": "0408"}
    taken(await service.officer.put("/v1/reporting-units/by-external-id/cas/1", json=body))
    await service.add_indicator("7.2-1")
    return Client(service, {"unit": unit["id"], "submission": submission["id"]})


def test_every_endpoint_has_an_example(shared_service: IndicatorsService) -> None:
    paths = shared_service.app.openapi()["paths"]
    operations = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert operations - {f"GET {path}" for path in OPERATION} == set(EXAMPLES)


def token(**changed: Any) -> str:
    key = changed.pop("key", KEYS["gateway"])
    header = {"alg": "Ed25519", "kid": "gateway"} | changed.pop("header", {})
    claims = {"iss": "gateway", "aud": "indicators", "iat": 1, "exp": 2**33, "sub": "x", "units": [], "region": True,
              "scope": sorted(CLIENT_SCOPES)}  # fmt: skip
    return "Bearer " + jwt.encode(header, claims | changed, key, algorithms=["Ed25519"])


STRANGE_KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "gateway"}, private=True)
CREDENTIALS = {
    "nothing": None,
    "empty": "",
    "another scheme": "Basic dXNlcjpwYXNz",
    "no token": "Bearer ",
    "garbage": "Bearer garbage",
    "three parts of garbage": "Bearer a.b.c",
    "unsigned": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    "signed by a stranger": token(key=STRANGE_KEY),
    "of an unknown part": token(header={"kid": "nobody"}, iss="nobody"),
    "another issuer than signer": token(iss="calls"),
    "for another service": token(aud="calls"),
    "expired": token(exp=2),
}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_without_good_credentials_nothing_is_answered(client: Client, name: str) -> None:
    before = client.service.row_counts()
    for credentials in CREDENTIALS.values():
        headers = {} if credentials is None else {"Authorization": credentials}
        answer = await client.send(name, by=client.service.stranger, headers=headers)
        assert answer.status_code == 401, credentials
        assert answer.json()["code"] in ("credentials_missing", "credentials_refused")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.service.row_counts() == before


async def test_the_tokens_would_be_good_but_for_that(client: Client) -> None:
    answer = await client.send("GET /v1/forms", by=client.service.stranger, headers={"Authorization": token()})
    assert answer.status_code == 200


async def test_a_token_that_was_good_is_refused_once_it_expires(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": token(exp=int(time.time()) + 30)}
    good = await client.send("GET /v1/forms", by=client.service.stranger, headers=headers)
    later = SimpleNamespace(time=lambda: time.time() + 31)
    monkeypatch.setattr("miernik_shared.service_tokens.time", later)
    refused = await client.send("GET /v1/forms", by=client.service.stranger, headers=headers)
    assert (good.status_code, refused.status_code) == (200, 401)


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_scope_of_the_endpoint_is_needed(client: Client, name: str) -> None:
    scope = EXAMPLES[name].scope
    others = client.service.caller("poor", scopes=CLIENT_SCOPES - {scope})
    answer = await client.send(name, by=others)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert scope in answer.json()["detail"]


async def test_a_sibling_may_read_the_feed_and_nothing_else(client: Client) -> None:
    claimed = Caller("contracts", "contracts", CLIENT_SCOPES, region=True)
    headers = {"Authorization": signer("contracts").authorization("indicators", claimed)}
    for name in EXAMPLES:
        answer = await client.send(name, by=client.service.stranger, headers=headers)
        assert answer.status_code == (200 if name == "GET /v1/events" else 403), name


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
    example = EXAMPLES[name]
    answer = await client.send(name, path=example.missing, headers={"If-Match": '"v1"'} if example.changes else {})
    assert answer.status_code in example.not_there
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "_id}" in name])
async def test_an_id_that_is_none_is_refused(client: Client, name: str) -> None:
    path = EXAMPLES[name].path.replace("{unit}", "17").replace("{submission}", "17")
    assert (await client.send(name, path=path)).status_code == 422


@pytest.mark.parametrize("name", [name for name in WRITES if EXAMPLES[name].body])
async def test_a_malformed_or_wrong_body_is_refused(client: Client, name: str) -> None:
    before = client.service.row_counts()
    headers = {"If-Match": '"v1"'} if EXAMPLES[name].changes else {}
    for content, status in ((b"{", 400), (b"", 422), (b"[]", 422), (b"null", 422), (b'{"unknown": 1}', 422)):
        answer = await client.send(name, content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), content
    unknown = json.dumps((EXAMPLES[name].body or {}) | {"colour": "red"}).encode()
    answer = await client.send(name, content=unknown, headers=headers)
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (422, ["field_unknown"])
    assert client.service.row_counts() == before


@pytest.mark.parametrize("name", WRITES)
async def test_a_body_over_the_limit_is_refused_before_it_is_read(client: Client, name: str) -> None:
    answer = await client.send(name, headers={"Content-Length": str(64 * 1024 * 1024 + 1)})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_long")


@pytest.mark.parametrize("name", [name for name in WRITES if name != "POST /v1/submissions"])
async def test_a_body_that_grows_over_the_limit_is_refused(client: Client, name: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64 * 1024 * 1024:
            sent += 512 * 1024
            yield b" " * 512 * 1024

    answer = await client.send(name, content=endless())
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
    strange = [
        "nonsense", "ż", cursor(), cursor("elsewhere", 1), cursor(own), cursor(own, 1, 2, 3, 4), cursor(own, None),
        cursor(own, [1]), cursor(own, "x", 1.5), cursor(own, True), cursor(own, "x", "y"), cursor(own, "2011-99-99", 1),
        cursor(own, "x", 7, "y"), base64.urlsafe_b64encode(b"{}").decode(), base64.urlsafe_b64encode(b"7").decode(),
    ]  # fmt: skip
    for one in strange:
        path = EXAMPLES[name].path
        answer = await client.send(name, path=f"{path}{'&' if '?' in path else '?'}cursor={one}")
        good = name == "GET /v1/reporting-units" and one == cursor(own, "x", "y")
        assert good or (answer.status_code, answer.json()["code"]) == (400, "cursor_foreign"), one


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", ["0", "501", "x"])
async def test_a_page_has_a_size(client: Client, name: str, limit: str) -> None:
    path = EXAMPLES[name].path
    answer = await client.send(name, path=f"{path}{'&' if '?' in path else '?'}limit={limit}")
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1/forms/SP7/periods/2011-H1/x"])
async def test_an_unknown_path_or_method_is_a_problem_too(client: Client, path: str) -> None:
    answer = await client.service.officer.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = await client.service.officer.delete("/v1/forms")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", OPERATION)
async def test_the_endpoints_of_operation_need_no_credentials(client: Client, path: str) -> None:
    assert (await client.service.stranger.get(path)).status_code == 200


@pytest.mark.parametrize("name", EXAMPLES)
async def test_a_good_request_succeeds(client: Client, name: str) -> None:
    example = EXAMPLES[name]
    answer = await client.send(name, headers={"If-Match": '"v1"'} if example.changes else {})
    assert answer.status_code == example.status, answer.text
    assert name == "GET /v1/events" or answer.headers["miernik-position"].startswith("indicators=")
    assert len(answer.headers["x-request-id"]) == 16
    assert example.changes is ("etag" in answer.headers) or example.status == 201 or not name.startswith("PUT")
