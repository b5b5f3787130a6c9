"""No operation guesses: a doubled or an empty parameter, a doubled header, a doubled key is refused everywhere."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from tests.house.openapi_documents import SERVICES, application, document
from tests.house.test_sources import ROOT
from tests.support.answers import assert_problem
from tests.support.services.gateway import client_of, gateway, settings
from tests.support.services.service_keys import TRUSTED_KEYS, SignedCalls

from miernik_gateway.proxy.routing import service_of_path
from miernik_shared.service_tokens import Caller
from miernik_shared.web.endpoint_declarations import SCOPE
from miernik_shared.web.routes import ScopedRoute

OWNERS = ("calls", "contracts", "indicators")
METHODS = {"get", "put", "post", "patch", "delete"}
UNDECLARED = "x"
# Each reads JSON that Miernik itself wrote: answers of its services, its own log, its settings, its cursors.
PARSERS_OF_OWN_JSON = {
    "services/gateway/miernik_gateway/api_document/document.py",
    "services/gateway/miernik_gateway/feeds/routes.py",
    "services/gateway/miernik_gateway/dashboards/fetch/report_bounds.py",
    "services/gateway/miernik_gateway/dashboards/fetch/report_fetcher.py",
    "services/gateway/miernik_gateway/dashboards/fetch/refusal.py",
    "shared/miernik_shared/changelog/feed.py",
    "shared/miernik_shared/web/application.py",
    "shared/miernik_shared/web/paging.py",
}
# Validates text that was parsed strictly before, or hands the request to the strict parser.
STRICT = {
    "shared/miernik_shared/strict_json.py",
    "shared/miernik_shared/uploads/json_rows.py",
    "shared/miernik_shared/web/json_bodies.py",
}
READS_JSON = re.compile(r"json\.loads|validate_json|pl\.read_ndjson|\.json\(\)|\.form\(\)")
Operation = tuple[str, str, dict[str, Any]]


def operations(service: str) -> Iterator[Operation]:
    """Method, path and declaration of each operation of a document."""
    for path, methods in document(service)["paths"].items():
        for method, declared in methods.items():
            if method in METHODS:
                yield method.upper(), path.replace("{", "").replace("}", ""), declared


def forwarded_operations() -> Iterator[Operation]:
    """Operations of the services that the gateway forwards."""
    for service in OWNERS:
        yield from (one for one in operations(service) if service_of_path(one[1]))


def query_names(declared: dict[str, Any]) -> set[str]:
    names = {parameter["name"] for parameter in declared.get("parameters", []) if parameter["in"] == "query"}
    return names | {UNDECLARED}


@asynccontextmanager
async def connected(service: str) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of an application that has neither a database nor services behind it."""
    if service == "gateway":
        async with client_of(gateway(settings())) as client:
            yield client
        return
    transport = httpx.ASGITransport(application(service))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{service}") as client:
        yield client


@pytest.mark.parametrize("service", SERVICES)
async def test_doubled_or_empty_parameter_of_any_operation_is_refused(service: str) -> None:
    every = [*operations(service), *(forwarded_operations() if service == "gateway" else ())]
    async with connected(service) as client:
        for method, path, declared in every:
            for name in sorted(query_names(declared)):
                for query, code in ((f"{name}=1&{name}=2", "parameter_repeated"), (f"{name}=%20", "parameter_empty")):
                    answer = await client.request(method, f"{path}?{query}")
                    assert_problem(answer, 422, code, at=f"/query/{name}", parameter=name)

    assert len(every) > 5


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "DELETE"])
async def test_doubled_parameter_is_refused_for_other_methods_too(method: str) -> None:
    async with connected("gateway") as client:
        for path in ("/v1/dashboards/indicators", "/v1/agreements", "/v1/openapi.json", "/docs", "/nothing"):
            answer = await client.request(method, f"{path}?as_of=2011-08-31&as%5Fof=2010-08-31")
            assert answer.status_code == 422, path


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key"])
async def test_doubled_header_of_one_value_is_refused(service: str, name: str) -> None:
    lines = [(name, "one"), (name, "two")]
    async with connected(service) as client:
        for method, path, _ in operations(service):
            answer = await client.request(method, path, headers=lines)
            assert_problem(answer, 400, "header_repeated", at=f"/headers/{name}", header=name)


@pytest.mark.parametrize("service", OWNERS)
async def test_doubled_key_in_any_json_body_is_refused(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIERNIK_TRUSTED_KEYS", TRUSTED_KEYS)
    taken = [one for one in operations(service) if _takes_model(one[2])]
    async with connected(service) as client:
        for method, path, declared in taken:
            auth = SignedCalls(service, Caller("gateway", "clerk", frozenset({declared[SCOPE]}), region=True))
            headers = {"Content-Type": "application/json", "Idempotency-Key": "k", "If-Match": '"v1"'}
            for body, status, code, pointer in (
                ('{"a":1,"b":2,"a":3}', 422, "key_repeated", "/a"),
                ('{"b":[{"c":{"d":1,"\\u0064":1}}]}', 422, "key_repeated", "/b/0/c/d"),
                ('{"a":NaN}', 400, "json_malformed", None),
            ):
                answer = await client.request(method, path, content=body, headers=headers, auth=auth)
                assert_problem(answer, status, code, at=pointer)

    assert len(taken) > 5


@pytest.mark.parametrize("service", OWNERS)
async def test_unusable_key_or_if_match_of_any_write_is_refused(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIERNIK_TRUSTED_KEYS", TRUSTED_KEYS)
    wrong = [
        *(("Idempotency-Key", key, "idempotency_key_unusable") for key in ("", " ", "one, two", "k" * 201, "ż")),
        *(("If-Match", tags, "if_match_malformed") for tags in ("", "v1", '"v1" "v2"', "*, *")),
    ]
    writes = [one for one in operations(service) if one[0] != "GET"]
    async with connected(service) as client:
        for method, path, declared in writes:
            auth = SignedCalls(service, Caller("gateway", "clerk", frozenset({declared[SCOPE]}), region=True))
            for name, value, code in wrong:
                headers = [(name.encode(), value.encode())]
                answer = await client.request(method, path, headers=headers, auth=auth)
                assert_problem(answer, 400, code, at=f"/headers/{name}")

    assert len(writes) > 5


def _takes_model(declared: dict[str, Any]) -> bool:
    """Whether an operation has a body that Pydantic validates; the formats of a table are read by `uploads`."""
    content = declared.get("requestBody", {}).get("content", {})
    return "$ref" in content.get("application/json", {}).get("schema", {})


@pytest.mark.parametrize("service", OWNERS)
def test_every_route_with_a_body_parses_it_strictly(service: str) -> None:
    routes = [route for route in application(service).routes if isinstance(route, APIRoute)]

    assert [route.path for route in routes if route.body_field and not isinstance(route, ScopedRoute)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_parameter_is_declared_to_be_given_several_times(service: str) -> None:
    declared = [one for _, _, operation in operations(service) for one in operation.get("parameters", [])]

    assert [one["name"] for one in declared if "array" in str(one["schema"])] == []


def test_json_of_clients_is_parsed_in_one_place() -> None:
    files = [file for folder in ("shared", "services") for file in (ROOT / folder).rglob("*.py")]
    reading = {str(file.relative_to(ROOT)) for file in files if READS_JSON.search(file.read_text(encoding="utf-8"))}

    assert reading == PARSERS_OF_OWN_JSON | STRICT
