"""Declarations of endpoints: what each argument becomes in the router's keyword arguments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from miernik_shared.problems import Problem
from miernik_shared.web.endpoint_declarations import (
    BODY_LIMIT,
    EXTERNAL_IDS,
    FAMILIES,
    SCOPE,
    Answer,
    Parameter,
    TableUpload,
    changes,
    creates,
    reads,
)


def headers_of(declaration: dict[str, Any]) -> dict[str, bool]:
    """Declared headers in their order, and whether each is required."""
    parameters = declaration["openapi_extra"].get("parameters", [])
    return {parameter["name"]: parameter["required"] for parameter in parameters}


def test_read_declares_scope_families_and_statuses() -> None:
    declaration = reads("reports:read", 404, families=["programme"])

    assert sorted(declaration["responses"]) == [400, 401, 403, 404, 422, 503]
    assert declaration["openapi_extra"] == {
        SCOPE: "reports:read", "security": [{"bearer": ["reports:read"]}], FAMILIES: ["programme"],
    }  # fmt: skip


def test_read_with_validator_declares_304_answer_and_parameters() -> None:
    declaration = reads(
        "dashboards:read",
        304,
        parameters=[Parameter("lang", "query", "Language"), Parameter("If-None-Match", "header")],
        answer=Answer("The dashboard", dict[str, str]),
    )

    assert "content" not in declaration["responses"][304]
    assert declaration["responses"][200] == {"description": "The dashboard", "model": dict[str, str]}
    assert declaration["openapi_extra"]["parameters"] == [
        {"name": "lang", "in": "query", "required": False, "description": "Language", "schema": {"type": "string"}},
        {"name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"}},
    ]


def test_plain_creation_has_optional_key_and_no_if_match() -> None:
    declaration = creates("calls:write")

    assert headers_of(declaration) == {"Idempotency-Key": False}
    assert declaration["status_code"] == 201
    assert "dependencies" not in declaration
    assert declaration["openapi_extra"][EXTERNAL_IDS] is True
    assert sorted(declaration["responses"]) == [400, 401, 403, 408, 409, 413, 422, 503]


def test_creation_on_an_entity_declares_if_match_and_its_statuses() -> None:
    declaration = creates("applications:write", if_match="required", external_ids=False)

    assert headers_of(declaration) == {"Idempotency-Key": False, "If-Match": True}
    assert {404, 412, 428} <= set(declaration["responses"])


def test_if_match_of_a_correction_is_optional_and_described() -> None:
    declaration = creates("submissions:write", if_match="when_it_exists", if_match_description="ETag")

    assert declaration["openapi_extra"]["parameters"][1] == {
        "name": "If-Match", "in": "header", "required": False, "description": "ETag", "schema": {"type": "string"},
    }  # fmt: skip
    assert 412 in declaration["responses"]
    assert not {404, 428} & set(declaration["responses"])


def test_upload_declares_body_limit_and_unchanged_answer() -> None:
    body = TableUpload(csv=True, ndjson=True, json={"type": "object"})

    declaration = creates("applications:write", 415, body=body, limit=1024, unchanged="Nothing was stored")

    binary = {"schema": {"type": "string", "format": "binary"}}
    assert declaration["openapi_extra"]["requestBody"] == {
        "required": True,
        "content": {
            "text/csv": binary, "application/x-ndjson": binary, "application/json": {"schema": {"type": "object"}},
        },
    }  # fmt: skip
    assert declaration["openapi_extra"][BODY_LIMIT] == 1024
    assert declaration["responses"][200] == {"description": "Nothing was stored"}


def test_upload_of_one_format_declares_no_other() -> None:
    assert list(TableUpload(csv=True).describe()["content"]) == ["text/csv"]


@pytest.mark.parametrize(("if_match", "required"), [("required", True), ("when_it_exists", False)])
def test_change_declares_if_match_before_the_key(if_match: Any, required: bool) -> None:
    declaration = changes("calls:write", if_match=if_match)

    assert list(headers_of(declaration).items()) == [("If-Match", required), ("Idempotency-Key", False)]


@pytest.fixture
async def money_client() -> Any:
    """An application whose only endpoint needs an Idempotency-Key."""
    app = FastAPI()

    @app.post("/agreements", **creates("agreements:write", key="required"))
    async def sign() -> None: ...

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://contracts") as client:
        yield client


async def test_missing_required_key_is_refused(money_client: httpx.AsyncClient) -> None:
    with pytest.raises(Problem) as refused:
        await money_client.post("/agreements")

    assert (refused.value.status, refused.value.code) == (400, "idempotency_key_missing")
    assert [error.pointer for error in refused.value.errors] == ["/headers/Idempotency-Key"]


async def test_required_key_lets_the_request_pass(money_client: httpx.AsyncClient) -> None:
    answer = await money_client.post("/agreements", headers={"Idempotency-Key": "one"})

    assert answer.status_code == 201


def test_required_key_is_declared_as_required() -> None:
    assert headers_of(creates("agreements:write", key="required")) == {"Idempotency-Key": True}


@pytest.mark.parametrize(
    "declaration", [creates("x:write", confirms=True), changes("x:write", confirms=True)], ids=["creates", "changes"]
)
def test_write_of_unlikely_values_declares_the_parameter_confirm(declaration: dict[str, Any]) -> None:
    declaration.pop("status_code", None)
    app = FastAPI()
    app.post("/x", **declaration)(lambda: None)
    (confirm,) = [one for one in app.openapi()["paths"]["/x"]["post"]["parameters"] if one["in"] == "query"]

    assert (confirm["name"], confirm["required"]) == ("confirm", False)
    assert "dependencies" not in creates("x:write")
