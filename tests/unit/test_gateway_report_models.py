"""The comparison of a report's model with the document of its service finds what is not provided."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from tests.house.openapi_documents import document
from tests.support.report_models import field_names, unprovided

from miernik_gateway.dashboards.fetch.pipeline_report import PIPELINE_REPORT

API = document("calls")


def schemas(api: dict[str, Any], name: str) -> dict[str, Any]:
    return api["components"]["schemas"][name]


def rename_property(api: dict[str, Any]) -> None:
    schema = schemas(api, "StageCell")
    schema["properties"]["amount_pln"] = schema["properties"].pop("value_pln")
    schema["required"] = ["amount_pln" if one == "value_pln" else one for one in schema["required"]]


def make_optional(api: dict[str, Any]) -> None:
    schemas(api, "PipelineReport")["required"].remove("findings")


def make_nullable(api: dict[str, Any]) -> None:
    schemas(api, "NamedApplication")["properties"]["number"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def change_type(api: dict[str, Any]) -> None:
    schemas(api, "PipelineFinding")["properties"]["count"] = {"type": "string"}


PATH = "/v1/reports/pipeline"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (rename_property, f"{PATH}.rows[].submitted.value_pln: not provided"),
        (make_optional, f"{PATH}.findings: not provided"),
        (make_nullable, f"{PATH}.findings[].applications[].number: null is not read"),
        (change_type, f"{PATH}.findings[].count: string is not read"),
    ],
)
def test_change_of_the_document_that_breaks_the_model_is_found(
    change: Callable[[dict[str, Any]], None], fault: str
) -> None:
    api = copy.deepcopy(API)
    change(api)
    assert fault in unprovided(PIPELINE_REPORT, api)


def test_fields_of_a_model_are_named_at_any_depth() -> None:
    assert {"rows", "submitted", "value_pln", "findings", "applications"} <= field_names(PIPELINE_REPORT)
