"""JSON of clients: repeated keys and constants that are not JSON are refused, wherever they stand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.strict_json import RepeatedKeysError, parse_json, repeated_keys_problem

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(document=DOCUMENTS)
def test_document_without_repeated_keys_is_parsed_as_any_parser_does(document: Any) -> None:
    assert parse_json(json.dumps(document).encode()) == document


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('{"value":"24","value":"42"}', ["/value"]),
        ('{"value":1,"value":1}', ["/value"]),
        ('{"value":1,"v\\u0061lue":2}', ["/value"]),
        ('{"a":{"b":[0,{"c":1,"c":null}]}}', ["/a/b/1/c"]),
        ('[{"a/b":1,"a/b":2},{"x":1,"y":2,"x":3,"y":4,"x":5}]', ["/0/a~1b", "/1/x", "/1/y"]),
        ('{"a":[],"a":{"b":1,"b":2}}', ["/a", "/a/b"]),
        ('{"":1,"":2}', ["/"]),
    ],
)
def test_repeated_key_is_named_by_its_pointer(text: str, pointers: list[str]) -> None:
    with pytest.raises(RepeatedKeysError) as refused:
        parse_json(text.encode())
    problem = repeated_keys_problem(refused.value)

    assert problem.status == 422
    assert [(error.pointer, error.code) for error in problem.errors] == [(one, "key_repeated") for one in pointers]


def test_only_the_first_hundred_repeated_keys_are_listed() -> None:
    text = "[" + ",".join(['{"a":1,"a":2}'] * 1000) + "]"

    with pytest.raises(RepeatedKeysError) as refused:
        parse_json(text.encode())

    assert refused.value.paths == tuple((index, "a") for index in range(100))


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a":-Infinity}', "[1,]", "{a:1}", "", "[" * 100_000, b"[\xff]", "1" * 5000]
)
def test_text_that_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its subclasses
        parse_json(text if isinstance(text, bytes) else text.encode())


def test_numbers_keep_their_digits() -> None:
    assert parse_json(b"[7.10, 1e2, -0]", number=str) == ["7.10", "1e2", "-0"]
    assert parse_json(b"[4.1445]", number=Decimal) == [Decimal("4.1445")]


def test_byte_order_mark_is_not_a_part_of_the_document() -> None:
    assert parse_json(b"\xef\xbb\xbf{}") == {}
