"""One OpenAPI document from several: the gateway's own paths and those that it passes on to the services."""

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
"""Part and name of a schema."""


def merged(documents: Mapping[str, Document], missing: tuple[str, ...] = ()) -> dict[str, Any]:
    """The whole document; ``documents`` are by part, that of the gateway among them.

    Schemas that are the same in all parts are one; where parts mean different things by a name, each service's gets
    the service in front of it. ``missing`` services are named in the description.
    """
    parts = [OWN, *sorted(documents.keys() - {OWN})]
    paths = {part: _public_paths(part, documents[part]) for part in parts}
    names = _names({part: _schemas_of(documents[part], paths[part]) for part in parts})
    whole: dict[str, Any] = {
        "openapi": documents[OWN]["openapi"],
        "info": {**documents[OWN]["info"], "description": _description(missing)},
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {SECURITY: _SECURITY_SCHEME}},
    }
    for part in parts:
        for path, operations in paths[part].items():
            whole["paths"][path] = _secured(_renamed(operations, part, names))
        for name, schema in _all_schemas(documents[part]).items():
            if (part, name) in names:
                whole["components"]["schemas"][names[part, name]] = _renamed(schema, part, names)
    return whole


def _description(missing: tuple[str, ...]) -> str:
    text = (
        "Publiczne API Miernika. Każde żądanie niesie klucz API; odpowiedzi są po polsku albo, na życzenie "
        "(`Accept-Language: en`), po angielsku. The public API of Miernik; every request carries an API key."
    )
    if missing:
        services = ", ".join(missing)
        text += (
            f"\n\nNie odpowiadają usługi: {services}; ich ścieżek tu brak. Not answering, and missing here: {services}."
        )
    return text


def _public_paths(part: str, document: Document) -> dict[str, Any]:
    paths: dict[str, Any] = document["paths"]
    return paths if part == OWN else {path: one for path, one in paths.items() if service_of_path(path) == part}


def _all_schemas(document: Document) -> dict[str, Any]:
    return document.get("components", {}).get("schemas", {})


def _schemas_of(document: Document, paths: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that the paths lead to."""
    known = _all_schemas(document)
    found: dict[str, Any] = {}
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = known[name]
            waiting += _references(known[name])
    return found


def _names(schemas: Mapping[str, Mapping[str, Any]]) -> dict[Component, str]:
    """The name in the whole document of every schema of a part."""
    meanings: dict[str, set[str]] = {}
    for part, own in schemas.items():
        for name in own:
            meanings.setdefault(name, set()).add(_meaning(name, schemas[part]))
    names: dict[Component, str] = {}
    for part, own in schemas.items():
        for name in own:
            shared = part == OWN or len(meanings[name]) == 1
            names[part, name] = name if shared else f"{part.capitalize()}{name}"
    return names


def _meaning(name: str, schemas: Mapping[str, Any], within: tuple[str, ...] = ()) -> str:
    """The schema in full, with what it refers to: two schemas of equal text may refer to different things."""
    if name not in schemas or name in within:
        return name
    inner = {one: _meaning(one, schemas, (*within, name)) for one in sorted(set(_references(schemas[name])))}
    return json.dumps([schemas[name], inner], sort_keys=True)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in cast(dict[str, Any], node).items():
            if key == "$ref" and isinstance(value, str) and value.startswith(_SCHEMAS):
                yield value.removeprefix(_SCHEMAS)
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in cast(list[Any], node):
            yield from _references(value)


def _renamed(node: Any, part: str, names: Mapping[Component, str]) -> Any:
    """The same with every reference under its new name."""
    if isinstance(node, str):
        name = node.removeprefix(_SCHEMAS)
        return f"{_SCHEMAS}{names.get((part, name), name)}" if node.startswith(_SCHEMAS) else node
    if isinstance(node, dict):
        return {key: _renamed(value, part, names) for key, value in cast(dict[str, Any], node).items()}
    if isinstance(node, list):
        return [_renamed(value, part, names) for value in cast(list[Any], node)]
    return node


def _secured(operations: dict[str, Any]) -> dict[str, Any]:
    """Where a part wants a token of the gateway, a client brings its key, with the same scope."""
    for operation in operations.values():
        if isinstance(operation, dict) and "security" in operation:
            asked = cast(list[dict[str, list[str]]], operation["security"])
            operation["security"] = [{SECURITY: scopes} for one in asked for scopes in one.values()]
    return operations
