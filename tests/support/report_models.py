"""Comparison of the gateway's model of a report with the document of the service that provides it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from miernik_gateway.dashboards.catalogue.dashboard import Source

Schema = Mapping[str, Any]


def field_names(source: Source[Any]) -> set[str]:
    """Names of all fields that the gateway reads of a report, at any depth."""
    schema = source.model.model_json_schema()
    objects = [schema, *schema.get("$defs", {}).values()]
    return {name for one in objects for name in one.get("properties", {})}


def unprovided(source: Source[Any], api: Schema) -> list[str]:
    """Fields of the gateway's model that the document of the service does not promise in the same type."""
    content = api["paths"][source.path]["get"]["responses"]["200"]["content"]
    provided = content["application/json"]["schema"]
    read = source.model.model_json_schema()
    return list(_faults(source.path, read, provided, (read, api)))


def _faults(path: str, read: Schema, provided: Schema, roots: tuple[Schema, Schema]) -> Iterator[str]:
    read_types = dict(_types(read, roots[0]))
    for kind, given in _types(provided, roots[1]):
        own = read_types.get(kind)
        if own is None or own.get("format", given.get("format")) != given.get("format"):
            yield f"{path}: {kind} is not read"
        elif kind == "array":
            yield from _faults(f"{path}[]", own["items"], given["items"], roots)
        else:
            yield from _object_faults(path, own, given, roots)


def _object_faults(path: str, read: Schema, provided: Schema, roots: tuple[Schema, Schema]) -> Iterator[str]:
    for name, own in read.get("properties", {}).items():
        if name not in provided.get("required", ()):
            yield f"{path}.{name}: not provided"
        else:
            yield from _faults(f"{path}.{name}", own, provided["properties"][name], roots)


def _types(schema: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    """Alternatives of a schema by their JSON type, references resolved."""
    if "$ref" in schema:
        *_, collection, name = schema["$ref"].split("/")
        found = root["$defs"] if collection == "$defs" else root["components"]["schemas"]
        yield from _types(found[name], root)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _types(one, root)
    else:
        yield schema["type"], schema
