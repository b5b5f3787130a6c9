"""Merging of OpenAPI documents: the gateway's own paths and the service paths that it forwards."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from miernik_gateway.clients.scopes import SCOPES
from miernik_gateway.proxy.routing import service_of_path

OWN = "gateway"
SECURITY = "api_key"
_SCHEMAS = "#/components/schemas/"
_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "Klucz API wydany przez urząd: `Authorization: Bearer mk_…`; każda operacja podaje zakres (scope), "
    "którego wymaga. An API key issued by the office: `Authorization: Bearer mk_…`; each operation names the scope it "
    "needs:\n\n" + "\n".join(f"- `{scope}`: {opens}" for scope, opens in SCOPES.items()),
}
Document = Mapping[str, Any]
Component = tuple[str, str]
"""Part (gateway or service) and name of a schema."""


def merge_documents(documents: Mapping[str, Document], missing: tuple[str, ...] = ()) -> dict[str, Any]:
    """Merge ``documents``, given by part and including the gateway's, into one.

    A schema that is identical in all parts is included once. Where parts define different schemas under one name, the
    service's name is prefixed to its schema. ``missing`` services are named in the description.
    """
    parts = [OWN, *sorted(documents.keys() - {OWN})]
    paths = {part: _select_public_paths(part, documents[part]) for part in parts}
    names = _assign_names({part: _collect_schemas(documents[part], paths[part]) for part in parts})
    whole: dict[str, Any] = {
        "openapi": documents[OWN]["openapi"],
        "info": {**documents[OWN]["info"], "description": _write_description(missing)},
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {SECURITY: _SECURITY_SCHEME}},
    }
    for part in parts:
        for path, operations in paths[part].items():
            whole["paths"][path] = _require_api_key(_rename_references(operations, part, names))
        for name, schema in _read_schemas(documents[part]).items():
            if (part, name) in names:
                whole["components"]["schemas"][names[part, name]] = _rename_references(schema, part, names)
    return whole


def _write_description(missing: tuple[str, ...]) -> str:
    text = (
        "Publiczne API Miernika. Każde żądanie wymaga klucza API; odpowiedzi są po polsku albo, na życzenie "
        "(`Accept-Language: en`), po angielsku. The public API of Miernik; every request needs an API key."
    )
    if missing:
        services = ", ".join(missing)
        text += (
            f"\n\nPominięto części systemu, które nie odpowiadają: {services}. "
            f"Missing, since they are not responding: {services}."
        )
    return text


def _select_public_paths(part: str, document: Document) -> dict[str, Any]:
    paths: dict[str, Any] = document["paths"]
    return paths if part == OWN else {path: item for path, item in paths.items() if service_of_path(path) == part}


def _read_schemas(document: Document) -> dict[str, Any]:
    return document.get("components", {}).get("schemas", {})


def _collect_schemas(document: Document, paths: Mapping[str, Any]) -> dict[str, Any]:
    """Collect the schemas that ``paths`` refer to, directly or through other schemas."""
    known = _read_schemas(document)
    found: dict[str, Any] = {}
    waiting = list(_find_references(paths))
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = known[name]
            waiting += _find_references(known[name])
    return found


def _assign_names(schemas: Mapping[str, Mapping[str, Any]]) -> dict[Component, str]:
    """Assign each schema its name in the merged document."""
    definitions: dict[str, set[str]] = {}
    for part, own in schemas.items():
        for name in own:
            definitions.setdefault(name, set()).add(_expand_schema(name, schemas[part]))
    names: dict[Component, str] = {}
    for part, own in schemas.items():
        for name in own:
            shared = part == OWN or len(definitions[name]) == 1
            names[part, name] = name if shared else f"{part.capitalize()}{name}"
    return names


def _expand_schema(name: str, schemas: Mapping[str, Any], within: tuple[str, ...] = ()) -> str:
    """Expand a schema with everything it refers to: schemas of equal text may refer to different schemas."""
    if name not in schemas or name in within:
        return name
    inner = {one: _expand_schema(one, schemas, (*within, name)) for one in sorted(set(_find_references(schemas[name])))}
    return json.dumps([schemas[name], inner], sort_keys=True)


def _find_references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in cast(dict[str, Any], node).items():
            if key == "$ref" and isinstance(value, str) and value.startswith(_SCHEMAS):
                yield value.removeprefix(_SCHEMAS)
            else:
                yield from _find_references(value)
    elif isinstance(node, list):
        for value in cast(list[Any], node):
            yield from _find_references(value)


def _rename_references(node: Any, part: str, names: Mapping[Component, str]) -> Any:
    """Copy ``node`` with the schema references renamed."""
    if isinstance(node, str):
        name = node.removeprefix(_SCHEMAS)
        return f"{_SCHEMAS}{names.get((part, name), name)}" if node.startswith(_SCHEMAS) else node
    if isinstance(node, dict):
        return {key: _rename_references(value, part, names) for key, value in cast(dict[str, Any], node).items()}
    if isinstance(node, list):
        return [_rename_references(value, part, names) for value in cast(list[Any], node)]
    return node


def _require_api_key(operations: dict[str, Any]) -> dict[str, Any]:
    """Replace the service token required by a part with the client's API key, of the same scope."""
    for operation in operations.values():
        if isinstance(operation, dict) and "security" in operation:
            required = cast(list[dict[str, list[str]]], operation["security"])
            operation["security"] = [{SECURITY: scopes} for one in required for scopes in one.values()]
    return operations
