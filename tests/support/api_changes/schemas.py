"""Differences between two JSON Schemas of an API that can break one of its clients.

Both sides are compared as resolved schemas, so the name of a schema and the way it is split up do not count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Schema = Mapping[str, Any]
Direction = Literal["request", "response"]
Change = tuple[str, str]
"""The member that changed, as a path ("items.number", "" for the whole value), and how it changed."""

_ANNOTATIONS = {"title", "description", "examples", "default", "deprecated"}
_STRUCTURE = {"type", "enum", "properties", "required", "additionalProperties", "items"}
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_BOUNDS = {*_LOWER_BOUNDS, *_UPPER_BOUNDS}


@dataclass
class SchemaComparison:
    """Comparison of schemas of two documents, for values that travel in one direction.

    Request: a client may go on sending what it sent before. Response: it gets every member that it got before, and no
    value of a kind that it has not met. New members, values of an enum and alternatives of an object are additions.
    """

    old_document: Schema
    new_document: Schema
    direction: Direction
    _known: dict[tuple[int, int], list[Change]] = field(default_factory=dict[tuple[int, int], list[Change]])

    def changes(self, old: Schema, new: Schema) -> list[Change]:
        """Breaking changes between two schemas; both must be parts of the documents, not copies."""
        key = (id(old), id(new))
        if key not in self._known:
            # A schema that contains itself comes back here: its own changes are being collected one level up.
            self._known[key] = []
            self._known[key] = list(dict.fromkeys(self._union_changes(old, new)))
        return self._known[key]

    def _union_changes(self, old: Schema, new: Schema) -> Iterator[Change]:
        old_variants = list(_variants(self.old_document, old))
        new_variants = list(_variants(self.new_document, new))
        for variant in old_variants:
            candidates = [one for one in new_variants if _takes_type(one["type"], variant["type"])]
            if candidates:
                yield from self._changes_from_likest(variant, candidates)
            else:
                yield "", f"type {variant['type']} removed"
        if self.direction == "response":
            added = {one["type"] for one in new_variants} - {one["type"] for one in old_variants}
            yield from (("", f"type {kind} added") for kind in sorted(added))
        elif "default" in old and old["default"] != new.get("default"):
            yield "", f"default {_text(old['default'])} to {_text(new.get('default'))}"

    def _changes_from_likest(self, old: Schema, candidates: list[dict[str, Any]]) -> list[Change]:
        """None if any candidate can replace ``old``, else those from the one that shares most members with it."""
        members = set(old.get("properties", {}))
        found = [(list(self._variant_changes(old, one)), one.get("properties", {})) for one in candidates]
        return min(found, key=lambda one: (bool(one[0]), -len(members & set(one[1])), len(one[0])))[0]

    def _variant_changes(self, old: Schema, new: Schema) -> Iterator[Change]:
        """Changes between two alternatives of the same type."""
        if new["type"] == "any":
            return
        yield from self._enum_changes(old.get("enum"), new.get("enum"))
        yield from self._constraint_changes(old, new)
        if old["type"] == "object":
            yield from self._member_changes(old, new)
            yield from self._other_member_changes(old, new)
        elif old["type"] == "array":
            yield from self.changes(old.get("items", _ANYTHING), new.get("items", _ANYTHING))

    def _enum_changes(self, old: list[Any] | None, new: list[Any] | None) -> Iterator[Change]:
        if old is None and new is not None:
            yield "", "limited to an enum"
        elif old is not None and new is not None:
            yield from (("", f"value {_text(value)} removed") for value in old if value not in new)
        elif old is not None and self.direction == "response":
            yield "", "no longer limited to an enum"

    def _constraint_changes(self, old: Schema, new: Schema) -> Iterator[Change]:
        for name in sorted({*old, *new} - _ANNOTATIONS - _STRUCTURE):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            widened = _is_wider_bound(name, before, after) if name in _BOUNDS else after is None
            if not widened or self.direction == "response":
                yield "", f"{name} {_text(before)} to {_text(after)}"

    def _member_changes(self, old: Schema, new: Schema) -> Iterator[Change]:
        old_members, new_members = old.get("properties", {}), new.get("properties", {})
        old_required, new_required = set(old.get("required", [])), set(new.get("required", []))
        for name, member in old_members.items():
            if name not in new_members:
                yield name, "removed"
                continue
            yield from _below(name, self.changes(member, new_members[name]))
            if self.direction == "response" and name in old_required - new_required:
                yield name, "no longer required"
        if self.direction == "request":
            yield from ((name, "newly required") for name in sorted(new_required - old_required))

    def _other_member_changes(self, old: Schema, new: Schema) -> Iterator[Change]:
        """Changes of the members without a declared name: those of a map, or those that nobody reads."""
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _below("*", self.changes(before, after))
        elif isinstance(before, Mapping):
            if after is False or self.direction == "response":
                yield "*", "removed" if after is False else "type any added"
        elif before and after is not True and self.direction == "request":
            yield "*", "removed" if after is False else "limited to a schema"


_ANYTHING: Schema = {}


def _variants(document: Schema, schema: Schema) -> Iterator[dict[str, Any]]:
    """The alternatives of a schema, each of one type, without references."""
    resolved = _resolve(document, schema)
    for word in ("anyOf", "oneOf"):
        if word in resolved:
            outer = {name: value for name, value in resolved.items() if name not in {word, *_ANNOTATIONS}}
            for option in resolved[word]:
                yield from _variants(document, {**outer, **option})
            return
    if "const" in resolved:
        resolved["enum"] = [resolved.pop("const")]
    kinds = resolved.get("type") or _implied_type(resolved)
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        yield {**resolved, "type": kind}


def _implied_type(schema: Schema) -> str:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    return "string" if all(isinstance(value, str) for value in schema.get("enum", [None])) else "any"


def _resolve(document: Schema, schema: Schema) -> dict[str, Any]:
    """The schema with its reference followed and the parts of an ``allOf`` merged."""
    resolved = dict(schema)
    while "$ref" in resolved:
        target: Any = document
        for step in resolved.pop("$ref").removeprefix("#/").split("/"):
            target = target[step]
        resolved = {**target, **resolved}
    for part in resolved.pop("allOf", []):
        resolved = _merge(resolved, _resolve(document, part))
    return resolved


def _merge(first: Schema, second: Schema) -> dict[str, Any]:
    members = {**first.get("properties", {}), **second.get("properties", {})}
    required = [*first.get("required", []), *second.get("required", [])]
    merged = {**first, **second}
    return merged | ({"properties": members} if members else {}) | ({"required": required} if required else {})


def _takes_type(new: str, old: str) -> bool:
    return new in {old, "any"} or (new, old) == ("number", "integer")


def _is_wider_bound(name: str, before: Any, after: Any) -> bool:
    if before is None or after is None:
        return after is None
    return after < before if name in _LOWER_BOUNDS else after > before


def _below(name: str, changes: list[Change]) -> Iterator[Change]:
    for place, what in changes:
        yield (f"{name}.{place}" if place else name), what


def _text(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
