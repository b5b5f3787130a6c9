"""Differences between recorded answers and today's, and the lines of the changelog that allow them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.api_changelog import Entry, UnreadableEntry, read_entries
from tests.support.upgrade.answers import Answer, Question, differences

QUESTION = Question("/v1/agreements/0192f3a4-0000-7000-8000-000000000001?as_of=2011-08-31")


def _answer(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(QUESTION, status, headers, body if isinstance(body, str) else json.dumps(body))


@pytest.mark.parametrize(
    ("recorded", "today", "expected"),
    [
        ({"a": 1}, {"a": 2}, ["a changed"]),
        ({"a": 1}, {"a": "1"}, ["a changed"]),
        ({"a": 1}, {"a": True}, ["a changed"]),
        ({"a": 1}, {}, ["a removed"]),
        ({}, {"a": 1}, ["a added"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, ["a.b.c changed"]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, ["a element removed"]),
        ({"a": [1, 3]}, {"a": [1, 2, 3]}, ["a element added"]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 0}, {"b": 1}, {"b": 2}]}, ["a element added"]),
        ({"a": [1, 2]}, {"a": [2, 1]}, ["a changed", "a changed"]),
        ({"a": 1}, {"a": None}, ["a changed"]),
        ('{"a": 1}', '{"a":1}', ["bytes changed"]),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', ["bytes changed"]),
        ('{"a": 1.10}', '{"a": 1.1}', ["bytes changed"]),
        ("1;2", "1;3", ["text changed"]),
        ({"a": 1}, {"a": 1}, []),
    ],
)
def test_changed_body_is_named_by_its_member(recorded: Any, today: Any, expected: list[str]) -> None:
    assert [one.what for one in differences(_answer(recorded), _answer(today))] == expected


def test_changed_status_and_header_are_differences() -> None:
    recorded, today = _answer({}, 200, link="<a>"), _answer({}, 404, link="<b>")

    assert [one.what for one in differences(recorded, today)] == ["status changed", "link changed"]


def test_difference_is_allowed_by_its_identifier_a_pattern_or_its_query() -> None:
    (difference,) = differences(_answer({"a": {"b": 1}}), _answer({"a": {"b": 2}}))

    assert difference.identifier == "upgrade GET /v1/agreements/{id} a.b changed"
    for pattern in (
        "upgrade GET /v1/agreements/{id} a.b changed",
        "upgrade GET /v1/* a.* changed",
        "upgrade GET /v1/agreements/{id}?as_of=2011-08-31 a.b changed",
    ):
        assert difference.is_allowed_by(pattern)
    for pattern in (
        "upgrade GET /v1/agreements/{id} a.b removed",
        "upgrade GET /v1/agreements/{id} a changed",
        "upgrade GET /v1/agreements/{id}?as_of=2011-09-01 a.b changed",
    ):
        assert not difference.is_allowed_by(pattern)


def test_entry_belongs_to_the_version_above_it() -> None:
    text = "Any text\n- `not yet` – one\n\n## Since 1\n\n- `a b` – why\n\n## Since 2\n- `c` – because\n"

    assert read_entries(text) == [Entry("1", "a b", "why"), Entry("2", "c", "because")]


@pytest.mark.parametrize("line", ["- a b – why", "- `a b`", "- `a b` - why", "* `a b` – why", "a b"])
def test_mistyped_entry_is_refused(line: str) -> None:
    with pytest.raises(UnreadableEntry):
        read_entries(f"## Since 1\n\n{line}\n")
