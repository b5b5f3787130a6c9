"""Differences between two OpenAPI documents of a service that can break one of its clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.api_changes.schemas import Change, SchemaComparison

Document = Mapping[str, Any]
_JSON = ("application/json", "application/problem+json")


def breaking_changes(service: str, old: Document, new: Document) -> list[str]:
    """Identifiers of the changes, such as ``calls GET /v1/applications 200 items.number removed``."""
    return [f"{service} {change}" for change in dict.fromkeys(_DocumentComparison(old, new).changes())]


@dataclass
class _DocumentComparison:
    """Comparison of every operation of the old document with the same one of the new document."""

    old: Document
    new: Document

    def __post_init__(self) -> None:
        self._requests = SchemaComparison(self.old, self.new, "request")
        self._responses = SchemaComparison(self.old, self.new, "response")

    def changes(self) -> Iterator[str]:
        new_operations = {_without_names(name): operation for name, operation in _operations(self.new)}
        for name, old in _operations(self.old):
            new = new_operations.get(_without_names(name))
            if new is None:
                yield f"{name} removed"
            else:
                yield from (f"{name} {change}" for change in self._operation_changes(old, new))

    def _operation_changes(self, old: Document, new: Document) -> Iterator[str]:
        yield from self._parameter_changes(_parameters(old), _parameters(new))
        yield from self._body_changes(old.get("requestBody"), new.get("requestBody"))
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield f"{status} removed"
                continue
            new_response = new["responses"][status]
            yield from self._content_changes(status, response, new_response, self._responses)

    def _parameter_changes(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        for name, parameter in old.items():
            if name in new:
                yield from _name_changes(name, self._requests.changes(parameter["schema"], new[name]["schema"]))
            else:
                yield f"{name} removed"
        for name, parameter in new.items():
            if _is_required(parameter) and not _is_required(old.get(name)):
                yield f"{name} newly required"

    def _body_changes(self, old: Document | None, new: Document | None) -> Iterator[str]:
        if old is not None and new is None:
            yield "body removed"
        if old is not None and new is not None:
            yield from self._content_changes("body", old, new, self._requests)
        if _is_required(new) and not _is_required(old):
            yield "body newly required"

    def _content_changes(self, name: str, old: Document, new: Document, comparison: SchemaComparison) -> Iterator[str]:
        new_content = new.get("content", {})
        for media, content in old.get("content", {}).items():
            if media not in new_content:
                yield f"{name} {media} removed"
                continue
            place = name if media in _JSON else f"{name} {media}"
            changes = comparison.changes(content.get("schema", _ANYTHING), new_content[media].get("schema", _ANYTHING))
            yield from _name_changes(place, changes)


_ANYTHING: Document = {}


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Operations with their names, such as ``GET /v1/applications/{application_id}``."""
    for path, operations in document["paths"].items():
        yield from ((f"{method.upper()} {path}", operation) for method, operation in operations.items())


def _without_names(operation: str) -> str:
    """The operation as a caller sees it, to whom the name of a parameter inside the path does not count."""
    return re.sub(r"\{[^}]*\}", "{}", operation)


def _parameters(operation: Document) -> dict[str, Any]:
    """Parameters by location and name; those of the path by their position."""
    declared = operation.get("parameters", [])
    of_path = [one for one in declared if one["in"] == "path"]
    others = {f"{one['in']} {one['name']}": one for one in declared if one["in"] != "path"}
    return {f"path parameter {position}": one for position, one in enumerate(of_path, 1)} | others


def _is_required(declared: Document | None) -> bool:
    return bool(declared and declared.get("required"))


def _name_changes(name: str, changes: list[Change]) -> Iterator[str]:
    for place, what in changes:
        yield f"{name} {place} {what}" if place else f"{name} {what}"
