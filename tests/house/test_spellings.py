"""No text of a request takes what nobody sees: every field and every parameter has one of the shared types."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import ParamTypes
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.house.openapi_documents import SERVICES, application
from tests.house.test_free_texts import request_models
from tests.house.test_sources import ROOT, tracked
from tests.support.builders.spellings import UNSEEN

from miernik_shared.values.identity import find_refused_character

SAMPLES = ("7.1", "abc", "OPS", "OPS-040201", "0402", "0402011", "8567346215", "192598184", "EUR", "2011-12", "A/1 b")
"""Texts of which every text field takes one."""
LINES = frozenset("\t\n\r")
RUNTIME_TYPE: Any = Annotated


def takes(adapter: TypeAdapter[Any], text: str) -> str | None:
    """The text as it would be stored or looked up; None if it is refused or becomes something else."""
    try:
        value = adapter.validate_python(text)
    except ValidationError:
        return None
    return value if isinstance(value, str) else None


def unseen_in(adapter: TypeAdapter[Any]) -> list[str]:
    """Invisible characters that the type lets pass; an empty list for a type that is no text."""
    sample = next((text for text in SAMPLES if takes(adapter, text) is not None), None)
    if sample is None:
        return []
    taken = {one: takes(adapter, sample[:1] + one + sample[1:]) for one in UNSEEN}
    return [f"U+{ord(one):04X}" for one, text in taken.items() if text is not None and find_refused_character(text)]


def fields() -> Iterator[tuple[str, TypeAdapter[Any]]]:
    for model in request_models():
        for name, field in model.model_fields.items():
            yield f"{model.__name__}.{name}", TypeAdapter(RUNTIME_TYPE[field.annotation, field])


def routes(service: str) -> Iterator[APIRoute]:
    for file in tracked(f"services/{service}/miernik_{service}/*routes.py"):
        module = ".".join(file.relative_to(ROOT / "services" / service).with_suffix("").parts)
        for router in vars(importlib.import_module(module)).values():
            if isinstance(router, APIRouter):
                yield from (route for route in router.routes if isinstance(route, APIRoute))


def parameters(service: str) -> Iterator[tuple[str, TypeAdapter[Any]]]:
    """Query and path parameters. What a read names by its external id is compared by its key, whatever it is."""
    by_key = [route for route in routes(service) if "GET" in route.methods and "by-external-id" in route.path]
    for route in routes(service):
        for one in get_flat_params(route.dependant):
            info = one.field_info
            is_tried = getattr(info, "in_", None) in (ParamTypes.query, ParamTypes.path) and one.name != "cursor"
            if is_tried and route not in by_key:
                yield f"{route.path} {one.alias}", TypeAdapter(RUNTIME_TYPE[info.annotation, info])


def test_no_field_of_a_body_takes_an_invisible_character() -> None:
    every = list(fields())
    assert len(every) > 100
    assert {name: passed for name, adapter in every if (passed := unseen_in(adapter))} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_parameter_takes_an_invisible_character(service: str) -> None:
    every = list(parameters(service))
    assert every
    assert {name: passed for name, adapter in every if (passed := unseen_in(adapter))} == {}


def test_a_field_without_a_shared_type_is_found() -> None:
    class Careless(BaseModel):
        note: str | None = None

    assert "U+200B" in unseen_in(TypeAdapter(RUNTIME_TYPE[Careless.model_fields["note"].annotation, None]))


def test_every_text_of_a_body_has_a_sample() -> None:
    """A field that takes none of the samples would pass unseen."""
    texts = {
        f"{name}.{key}"
        for name, schema in _schemas().items()
        for key, one in schema.get("properties", {}).items()
        if _is_free_text(one)
    }
    tried = {name for name, adapter in fields() if any(takes(adapter, text) is not None for text in SAMPLES)}
    models = {model.__name__ for model in request_models()}
    assert {one for one in texts if one.partition(".")[0] in models} - tried == set()


def _schemas() -> dict[str, Any]:
    documents = [application(service).openapi() for service in SERVICES]
    return {name: one for document in documents for name, one in document.get("components", {})["schemas"].items()}


def _is_free_text(schema: dict[str, Any]) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(
        kind.get("type") == "string" and not {"format", "enum", "const"} & kind.keys() and "examples" not in kind
        for kind in kinds
    ) and "decimal" not in json.dumps(schema)
