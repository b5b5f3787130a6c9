"""Breaking changes between two OpenAPI documents, one kind at a time on documents of one operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.api_changes.documents import breaking_changes

Schema = dict[str, Any]
STRING: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}


def _document(operation: Schema, path: str = "/v1/things/{id}", schemas: Schema | None = None) -> Schema:
    return {"paths": {path: {"post": {"responses": {}, **operation}}}, "components": {"schemas": schemas or {}}}


def _response(schema: Schema, **schemas: Schema) -> Schema:
    content = {"application/json": {"schema": schema}}
    return _document({"responses": {"200": {"content": content}}}, schemas=schemas)


def _request(schema: Schema, **schemas: Schema) -> Schema:
    content = {"application/json": {"schema": schema}}
    return _document({"requestBody": {"required": True, "content": content}}, schemas=schemas)


def _parameter(**parameter: Any) -> Schema:
    return _document({"parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}, **parameter}]})


def _object(*required: str, **members: Schema) -> Schema:
    return {"type": "object", "properties": members, "required": list(required)}


def _changes(old: Schema, new: Schema) -> list[str]:
    operation = "calls POST /v1/things/{id} "
    found = breaking_changes("calls", old, new)
    assert all(change.startswith(operation) for change in found)
    return [change.removeprefix(operation) for change in found]


def _both(old: Schema, new: Schema) -> tuple[list[str], list[str]]:
    """Changes of a request body and of a response, without the name of the place."""
    sent = _changes(_request(old), _request(new))
    received = _changes(_response(old), _response(new))
    return [one.removeprefix("body ") for one in sent], [one.removeprefix("200 ") for one in received]


OPERATION_CHANGES = [
    (_document({"responses": {"200": {}, "404": {}}}), _document({"responses": {"200": {}}}), "404 removed"),
    (_document({"requestBody": {"content": {}}}), _document({}), "body removed"),
    (
        _document({"requestBody": {"content": {"text/csv": {}, "application/json": {}}}}),
        _document({"requestBody": {"content": {"application/json": {}}}}),
        "body text/csv removed",
    ),
    (
        _document({"responses": {"200": {"content": {"application/json": {}}}}}),
        _document({"responses": {"200": {}}}),
        "200 application/json removed",
    ),
    (
        _document({"requestBody": {"content": {}}}),
        _document({"requestBody": {"content": {}, "required": True}}),
        "body newly required",
    ),
    (_parameter(), _document({}), "query limit removed"),
    (_parameter(), _parameter(required=True), "query limit newly required"),
    (_document({}), _parameter(required=True), "query limit newly required"),
    (_parameter(), _parameter(schema=STRING), "query limit type integer removed"),
    (
        _parameter(schema={"type": "integer", "default": 50}),
        _parameter(schema={"type": "integer", "default": 100}),
        "query limit default 50 to 100",
    ),
]


@pytest.mark.parametrize(("old", "new", "change"), OPERATION_CHANGES)
def test_narrowed_operation_is_a_change(old: Schema, new: Schema, change: str) -> None:
    assert _changes(old, new) == [change]


def test_widened_operation_is_no_change() -> None:
    bare = _document({"responses": {"200": {}}})
    richer = _document({"responses": {"200": {}, "404": {}}, "requestBody": {"content": {}}})

    assert _changes(bare, richer) == []
    assert _changes(_document({}), _parameter()) == []
    assert _changes(_parameter(required=True), _parameter()) == []


def test_removed_path_and_removed_operation_are_changes() -> None:
    released = _document({})

    assert breaking_changes("calls", released, {"paths": {}}) == ["calls POST /v1/things/{id} removed"]
    assert _changes(released, {"paths": {"/v1/things/{id}": {"get": {"responses": {}}}}}) == ["removed"]


def test_renamed_parameter_inside_the_path_is_no_change() -> None:
    def with_name(name: str, kind: str) -> Schema:
        parameter = {"in": "path", "name": name, "required": True, "schema": {"type": kind}}
        return _document({"parameters": [parameter]}, path=f"/v1/things/{{{name}}}")

    assert _changes(with_name("id", "string"), with_name("thing_id", "string")) == []
    assert _changes(with_name("id", "string"), with_name("thing_id", "integer")) == [
        "path parameter 1 type string removed"
    ]


def _string(**constraints: Any) -> Schema:
    return {"type": "string", **constraints}


def _array(**constraints: Any) -> Schema:
    return {"type": "array", **constraints}


def _map(value: Schema | bool) -> Schema:
    return {"type": "object", "additionalProperties": value}


NARROWED = [
    # from, to, changes of a request and of a response alike
    ({"anyOf": [STRING, NULL]}, STRING, ["type null removed"]),
    (_string(enum=["a", "b"]), _string(enum=["a"]), ['value "b" removed']),
    ({"enum": ["a", "b"]}, {"const": "b"}, ['value "a" removed']),
    (STRING, _string(enum=["a"]), ["limited to an enum"]),
    (_string(maxLength=500), _string(maxLength=200), ["maxLength 500 to 200"]),
    (STRING, _string(minLength=1), ["minLength none to 1"]),
    (_string(pattern="^a$"), _string(pattern="^b$"), ['pattern "^a$" to "^b$"']),
    (STRING, _string(format="uuid"), ['format none to "uuid"']),
    (_array(), _array(uniqueItems=True), ["uniqueItems none to true"]),
    (_array(), _array(maxItems=5), ["maxItems none to 5"]),
    (_object(a=STRING, b=STRING), _object(a=STRING), ["b removed"]),
    (_map(STRING), _map(False), ["* removed"]),
]
DEPENDING_ON_DIRECTION = [
    # from, to, changes of a request, changes of a response
    (STRING, {"anyOf": [STRING, NULL]}, [], ["type null added"]),
    (STRING, {"type": ["string", "null"]}, [], ["type null added"]),
    ({"type": "number"}, {"type": "integer"}, ["type number removed"], ["type number removed", "type integer added"]),
    ({"type": "integer"}, {"type": "number"}, [], ["type number added"]),
    (STRING, {}, [], ["type any added"]),
    ({}, STRING, ["type any removed"], ["type any removed", "type string added"]),
    (_string(enum=["a"]), STRING, [], ["no longer limited to an enum"]),
    (_string(maxLength=200), _string(maxLength=500), [], ["maxLength 200 to 500"]),
    ({"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 0}, [], ["minimum 1 to 0"]),
    ({"type": "integer", "maximum": 9}, {"type": "integer"}, [], ["maximum 9 to none"]),
    (_string(format="uuid"), STRING, [], ['format "uuid" to none']),
    (_array(items=STRING), _array(items=NULL), ["type string removed"], ["type string removed", "type null added"]),
    (_object(a=STRING), _object("a", a=STRING), ["a newly required"], []),
    (_object("a", a=STRING), _object(a=STRING), [], ["a no longer required"]),
    (_object(), _object("b", b=STRING), ["b newly required"], []),
    (_object(), _object() | _map(False), ["* removed"], []),
    (_object(), _map(STRING), ["* limited to a schema"], []),
    (_map(STRING), _object(), [], ["* type any added"]),
    (_map(STRING), _map(NULL), ["* type string removed"], ["* type string removed", "* type null added"]),
]
ADDITIONS = [
    (_object("a", a=STRING), _object("a", a=STRING, b=STRING)),
    (_string(enum=["a"]), _string(enum=["a", "b"])),
    (STRING | {"title": "A", "description": "of old"}, STRING | {"title": "B", "examples": ["new"]}),
]


@pytest.mark.parametrize(("old", "new", "changes"), NARROWED)
def test_narrowed_value_is_a_change_in_both_directions(old: Schema, new: Schema, changes: list[str]) -> None:
    assert _both(old, new) == (changes, changes)


@pytest.mark.parametrize(("old", "new"), ADDITIONS)
def test_addition_is_no_change_in_either_direction(old: Schema, new: Schema) -> None:
    assert _both(old, new) == ([], [])
    assert old != new


@pytest.mark.parametrize(("old", "new", "sent", "received"), DEPENDING_ON_DIRECTION)
def test_value_may_widen_in_a_request_and_not_in_a_response(
    old: Schema, new: Schema, sent: list[str], received: list[str]
) -> None:
    assert _both(old, new) == (sent, received)
    assert _both(old, old) == ([], [])


def test_change_deep_inside_is_named_by_its_path() -> None:
    def nested(value: Schema) -> Schema:
        return _object(items={"type": "array", "items": _object(by_year={"additionalProperties": _object(sum=value)})})

    assert _changes(_response(nested(STRING)), _response(nested(NULL))) == [
        "200 items.by_year.*.sum type string removed",
        "200 items.by_year.*.sum type null added",
    ]


@pytest.mark.parametrize("wrap", [_request, _response])
def test_renamed_or_inlined_schema_is_no_change(wrap: Callable[..., Schema]) -> None:
    referred = wrap({"$ref": "#/components/schemas/Old"}, Old=_object(a=STRING))

    renamed = wrap({"$ref": "#/components/schemas/New"}, New=_object(a=STRING))
    merged = wrap({"allOf": [{"$ref": "#/components/schemas/Part"}, _object()]}, Part=_object(a=STRING))

    assert _changes(referred, renamed) == []
    assert _changes(referred, wrap(_object(a=STRING))) == []
    assert _changes(referred, merged) == []


def test_schema_that_contains_itself_is_compared_once_a_level() -> None:
    def tree(**members: Schema) -> Schema:
        node = _object(children={"type": "array", "items": {"$ref": "#/components/schemas/Node"}}, **members)
        return _response({"$ref": "#/components/schemas/Node"}, Node=node)

    found = _changes(tree(name=STRING), tree())

    assert _changes(tree(name=STRING), tree(name=STRING)) == []
    assert found[-1] == "200 name removed"
    assert len(found) < 5


def test_alternative_of_an_object_may_be_added_and_not_removed() -> None:
    def block(kind: str, **members: Schema) -> Schema:
        return _object(kind={"type": "string", "const": kind}, **members)

    table, text = block("table", rows=STRING), block("text", words=STRING)
    one, two = _response({"anyOf": [table]}), _response({"oneOf": [text, table]})

    assert _changes(one, two) == []
    assert _changes(two, one) == ['200 kind value "text" removed', "200 words removed"]


def test_alternative_is_compared_with_the_one_most_like_it() -> None:
    def union(length: int) -> Schema:
        return {"anyOf": [_object(a=STRING), _object(b={"type": "string", "maxLength": length})]}

    assert _changes(_request(union(9)), _request(union(8))) == ["body b maxLength 9 to 8"]
