"""The one OpenAPI document: whole, valid, and without what only parts of Miernik ask for; and its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from jsonschema import Draft202012Validator
from tests.house.openapi_documents import document
from tests.support.regions.recorded_reports import FixedReports, gateway_before
from tests.support.services.gateway import client_of

from miernik_gateway.api_document.merging import merge_documents
from miernik_gateway.proxy.routing import RESOURCES, service_of_path
from miernik_shared.web.endpoint_declarations import SCOPE

SERVICES = ("calls", "contracts", "indicators")
DOCUMENT = "/v1/openapi.json"


def everything() -> dict[str, Any]:
    return merge_documents({part: document(part) for part in ("gateway", *SERVICES)})


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_is_valid() -> None:
    api = everything()
    schemathesis.openapi.from_dict(api).validate()
    for schema in api["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_public_path_of_every_part_is_in_it_once() -> None:
    api = everything()
    assert api["openapi"].startswith("3.1")
    assert {"/v1/dashboards/pipeline", "/v1/reports/indicators", "/v1/submissions", "/v1/programme-nodes"} <= set(
        api["paths"]
    )
    assert "/v1/events" not in api["paths"]
    names = [operation["operationId"] for _, _, operation in operations(api)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_a_service_offers_is_routed_to_it(service: str) -> None:
    """All but its feed, which parts of Miernik follow, and what whoever runs it asks for."""
    own = {"/v1/events", "/health"}
    paths = document(service)["paths"].keys() - own

    assert {path: service_of_path(path) for path in paths if service_of_path(path) != service} == {}


def test_no_resource_lies_below_another_services() -> None:
    for resource, service in RESOURCES.items():
        assert service_of_path(f"/v1/{resource}/x") == service


def test_every_reference_leads_somewhere_and_no_schema_is_left_over() -> None:
    api = everything()
    known = {f"#/components/schemas/{name}" for name in api["components"]["schemas"]}
    used = set(references(api))

    assert used <= known
    assert known - used == set()


def test_a_client_brings_its_key_everywhere_a_part_wants_a_token() -> None:
    api = everything()
    wanted = [one["security"] for _, _, one in operations(api) if "security" in one]
    assert {name for security in wanted for one in security for name in one} == {"api_key"}
    assert list(api["components"]["securitySchemes"]) == ["api_key"]
    unguarded = {path for path, _, one in operations(api) if "security" not in one}
    assert unguarded == {"/health"}


def test_every_operation_says_which_scope_it_needs_to_programs_and_to_people() -> None:
    api = everything()
    guarded = [one for _, _, one in operations(api) if "security" in one]
    assert len(guarded) > 90
    for one in guarded:
        assert one["security"] == [{"api_key": [one[SCOPE]]}], one["operationId"]
        assert one["description"].endswith(f"\n\nScope: `{one[SCOPE]}`"), one["operationId"]
    signing = api["paths"]["/v1/agreements"]["post"]
    assert signing["security"] == [{"api_key": ["agreements:write"]}]
    told = api["components"]["securitySchemes"]["api_key"]["description"]
    assert {one[SCOPE] for one in guarded} == set(re.findall(r"^- `(.+?)`: .+$", told, re.MULTILINE))


def part(path: str, **schemas: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}
    responses = {"200": {"description": "Yes", "content": content}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Part", "version": "1"},
        "paths": {path: {"get": {"responses": responses, "security": [{"bearer": []}]}}},
        "components": {"schemas": schemas},
    }


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_different_schemas_of_one_name_are_renamed() -> None:
    inner = {"properties": {"inner": reference("Inner")}}
    documents = {
        "gateway": part("/v1/dashboards", Body={"type": "integer"}),
        "calls": part("/v1/calls", Body=inner, Inner={"type": "string"}, Unused={"type": "string"}),
        "indicators": part("/v1/forms", Body=inner, Inner={"type": "number"}),
    }
    api = merge_documents(documents)
    assert api["components"]["schemas"] == {
        "Body": {"type": "integer"},
        "CallsBody": {"properties": {"inner": reference("CallsInner")}},
        "CallsInner": {"type": "string"},
        "IndicatorsBody": {"properties": {"inner": reference("IndicatorsInner")}},
        "IndicatorsInner": {"type": "number"},
    }
    content = api["paths"]["/v1/calls"]["get"]["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == reference("CallsBody")


def test_equal_schemas_that_refer_to_themselves_are_merged() -> None:
    body = {"properties": {"inner": reference("Body")}}
    documents = {
        "gateway": part("/v1/dashboards", Body=body),
        "calls": part("/v1/calls", Body=body),
        "indicators": part("/v1/forms", Body=body),
    }

    assert merge_documents(documents)["components"]["schemas"] == {"Body": body}


def services() -> list[FixedReports]:
    return [FixedReports(service, {"/openapi.json": document(service)}) for service in SERVICES]


async def test_it_is_served_without_a_key_from_what_the_services_serve() -> None:
    providers = services()
    async with client_of(gateway_before(*providers), None) as client:
        first = await client.get(DOCUMENT)
        again = await client.get(DOCUMENT, headers={"If-None-Match": first.headers["etag"]})

    assert first.status_code == 200
    assert first.json() == {**everything(), "paths": first.json()["paths"]}
    assert first.json()["paths"].keys() == everything()["paths"].keys()
    assert "miernik-degraded" not in first.headers
    assert (again.status_code, again.content) == (304, b"")
    assert [len(one.asked) for one in providers] == [1, 1, 1], "it is kept"


async def test_a_service_that_is_down_is_named_and_found_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miernik_gateway.api_document.document._RETRY_SECONDS", 0)
    calls, *others = services()
    calls.failure = httpx.ConnectError("refused")
    async with client_of(gateway_before(calls, *others), None) as client:
        without = await client.get(DOCUMENT)
        assert (without.status_code, without.headers["miernik-degraded"]) == (200, "calls")
        assert "/v1/calls" not in without.json()["paths"]
        assert "Pominięto części systemu, które nie odpowiadają: calls" in without.json()["info"]["description"]
        calls.failure = None
        whole = await client.get(DOCUMENT)

    assert "/v1/calls" in whole.json()["paths"]
    assert "miernik-degraded" not in whole.headers


async def test_a_service_that_went_down_later_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miernik_gateway.api_document.document._REFRESH_SECONDS", 0)
    calls, *others = services()
    async with client_of(gateway_before(calls, *others), None) as client:
        whole = await client.get(DOCUMENT)
        for failure in (httpx.ReadTimeout("late"), None):
            calls.failure, calls.status = failure, 500
            again = await client.get(DOCUMENT)
            assert again.content == whole.content
            assert "miernik-degraded" not in again.headers


async def test_the_page_asks_no_other_host_for_anything() -> None:
    async with client_of(gateway_before(*services()), None) as client:
        page = await client.get("/docs")
        addresses = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "<title>Miernik – dokumentacja API</title>" in page.text
        assert len(addresses) >= 3
        for address in addresses:
            assert address.startswith("/")
            assert (await client.get(address)).status_code == 200

    assert not re.search(r"https?://", page.text)
    assert "/docs/start.js" in addresses


async def test_the_bare_address_leads_to_the_page() -> None:
    async with client_of(gateway_before(*services()), None) as client:
        led = await client.get("/")
        assert (led.status_code, led.headers["location"]) == (307, "/docs")


async def test_there_are_no_pages_of_the_framework() -> None:
    async with client_of(gateway_before(*services()), None) as client:
        assert [(await client.get(path)).status_code for path in ("/redoc", "/docs/oauth2-redirect")] == [404, 404]
