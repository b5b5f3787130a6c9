"""Our rules for endpoints, read off the OpenAPI documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from tests.house.openapi_documents import FOLDER, SERVICES, application, document, render_document
from tests.house.test_sources import ROOT

from miernik_shared.web.endpoint_declarations import EXTERNAL_IDS, SCOPE, changes, creates

OPEN_PATHS = {"/health", "/docs", "/v1/dashboards"}
"""Need no credentials, or (the list of dashboards) are checked at the gateway, which has no scopes in its document."""
Operation = tuple[str, str, dict[str, Any]]


def operations(api: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def faults(operation: Operation, api: dict[str, Any]) -> list[str]:
    """Declarations that an operation of a service lacks."""
    path, method, declared = operation
    if path in OPEN_PATHS:
        return []
    headers = {parameter["name"] for parameter in declared.get("parameters", []) if parameter["in"] == "header"}
    statuses = set(declared["responses"])
    found = [] if declared.get(SCOPE) else [f"{method} {path}: no scope"]
    wanted = {"401", "403", "422"} | ({"413", "400", "503"} if method != "get" else set())
    found += [f"{method} {path}: does not declare {status}" for status in sorted(wanted - statuses)]
    if method == "post" and "Idempotency-Key" not in headers:
        found.append(f"{method} {path}: no Idempotency-Key")
    if method in ("put", "patch", "delete") and not {"If-Match", "Idempotency-Key"} <= headers:
        found.append(f"{method} {path}: no If-Match or no Idempotency-Key")
    if method in ("put", "patch", "delete"):
        found += [f"{method} {path}: does not declare {status}" for status in ("412", "428") if status not in statuses]
    if method == "post" and declared.get(EXTERNAL_IDS, True) and "external_ids" not in _body_fields(declared, api):
        found.append(f"{method} {path}: makes an entity without external_ids")
    return found


def _body_fields(declared: dict[str, Any], api: dict[str, Any]) -> set[str]:
    content = declared.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return set(api["components"]["schemas"].get(reference, {}).get("properties", {}))


@pytest.mark.parametrize("service", ["calls", "contracts", "indicators"])
def test_every_endpoint_declares_what_every_endpoint_must(service: str) -> None:
    api = document(service)
    assert [fault for operation in operations(api) for fault in faults(operation, api)] == []


def test_an_endpoint_without_the_headers_is_found() -> None:
    bare, dressed = APIRouter(), APIRouter()

    @bare.post("/v1/bare")
    def add() -> None: ...

    @bare.put("/v1/bare/{number}")
    def change(number: int) -> None: ...

    @dressed.put("/v1/dressed", **changes("x:write"))
    def change_dressed() -> None: ...

    @dressed.post("/v1/dressed", **creates("x:write"))
    def add_dressed() -> None: ...

    app = FastAPI()
    app.include_router(bare)
    app.include_router(dressed)
    api = app.openapi()
    found = {f"{method} {path}": faults((path, method, one), api) for path, method, one in operations(api)}

    assert "post /v1/bare: no Idempotency-Key" in found["post /v1/bare"]
    assert "post /v1/bare: no scope" in found["post /v1/bare"]
    assert "put /v1/bare/{number}: no If-Match or no Idempotency-Key" in found["put /v1/bare/{number}"]
    assert found["put /v1/dressed"] == []
    assert found["post /v1/dressed"] == ["post /v1/dressed: makes an entity without external_ids"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_of_a_document_leads_somewhere(service: str) -> None:
    api = document(service)
    known = {f"#/components/schemas/{name}" for name in api.get("components", {}).get("schemas", {})}

    assert set(_references(api)) <= known


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_trailing_slash_leads_nowhere(service: str) -> None:
    """Least of all to the address at which the gateway asks a service."""
    app = application(service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://inside") as client:
        answers = {path: await client.get(f"{path}/") for path in app.openapi()["paths"] if "{" not in path}

    assert len(answers) > 3
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 404} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_document_is_that_of_the_code(service: str) -> None:
    assert (FOLDER / f"{service}.json").read_text(encoding="utf-8") == render_document(service)


@pytest.mark.parametrize("service", SERVICES)
def test_declarations_are_arguments_and_never_changed_afterwards(service: str) -> None:
    sources = (ROOT / f"services/{service}").rglob("*.py")
    texts = {str(file): file.read_text(encoding="utf-8") for file in sources}

    assert [file for file, text in texts.items() if "openapi_extra" in text or "del known_at" in text] == []
