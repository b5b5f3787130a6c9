"""An office is a voivodeship that exists, wherever one is taken in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from tests.house.openapi_documents import document

from miernik_shared.settings import ServiceSettings
from miernik_shared.values.offices import ALL_OFFICES, OFFICES

REFERENCE = re.compile(r'"#/components/schemas/(\w+)"')
EXPECTED = {
    "calls": {
        "GET /v1/applications", "GET /v1/calls", "GET /v1/programme-nodes", "GET /v1/application-imports",
        "GET /v1/reports/calls", "GET /v1/reports/pipeline",
        "POST /v1/application-imports", "POST /v1/applications", "POST /v1/calls", "POST /v1/programme-nodes",
        "PUT /v1/applications/by-external-id/{system}/{value}", "PUT /v1/calls/by-external-id/{system}/{value}",
        "PUT /v1/programme-nodes/by-external-id/{system}/{value}",
    },
    "contracts": {
        "GET /v1/agreements", "GET /v1/allocations", "GET /v1/exchange-rates", "GET /v1/exchange-rates/in-force",
        "GET /v1/overcontracting-decisions", "GET /v1/recommended-applications",
        "GET /v1/reports/contracting", "GET /v1/reports/reconciliation",
        "POST /v1/exchange-rates",
    },
}  # fmt: skip


def offices_taken_in(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation that takes an office, with the schema of it."""
    described = document(service)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for taken in operation.get("parameters", []):
                if taken["name"] == "office":
                    yield f"{method.upper()} {path}", taken["schema"]
            for name in REFERENCE.findall(json.dumps(operation.get("requestBody", {}))):
                properties = described["components"]["schemas"][name].get("properties", {})
                if "office" in properties:
                    yield f"{method.upper()} {path}", properties["office"]


@pytest.mark.parametrize("service", ["calls", "contracts"])
def test_an_office_is_one_of_the_sixteen(service: str) -> None:
    taken = list(offices_taken_in(service))
    assert {operation for operation, _ in taken} == EXPECTED[service]
    for operation, schema in taken:
        codes = next(one["enum"] for one in schema.get("anyOf", [schema]) if "enum" in one)
        assert [code for code in codes if code != ALL_OFFICES] == list(OFFICES), operation
        assert (ALL_OFFICES in codes) == ("/reports/" in operation), operation
    assert len(OFFICES) == 16


@pytest.mark.parametrize("code", ["99", "03", "00", "PL", "4", ""])
def test_the_home_office_is_one_of_them(code: str) -> None:
    field = ServiceSettings.model_fields["home_voivodeship"]
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(field.rebuild_annotation()).validate_python(code)
    assert [fault["type"] for fault in refused.value.errors()] == ["office_code"]
