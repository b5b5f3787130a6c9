"""Query strings: what has one reading is parsed, everything else is refused."""

from __future__ import annotations

import pytest

from miernik_shared.problems import Problem
from miernik_shared.web.query_strings import read_query


def errors_of(query: str | bytes) -> list[tuple[str, str]]:
    """Pointer and code of each error with which a query is refused."""
    with pytest.raises(Problem) as refused:
        read_query(query if isinstance(query, bytes) else query.encode())
    assert refused.value.status == 422
    return [(error.pointer, error.code) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", {}), ("&", {}), ("as_of=2011-08-31", {"as_of": "2011-08-31"}), ("a=1&b=1&", {"a": "1", "b": "1"}),
        ("number=ZW%201+%C5%BB%3B%26%3D", {"number": "ZW 1 Ż;&="}), ("a=b=c", {"a": "b=c"}),
        ("A=1&a=2", {"A": "1", "a": "2"}),
        ("measures=7.1,7.2", {"measures": "7.1,7.2"}), ("n=%20x", {"n": " x"}),
    ],
)  # fmt: skip
def test_query_with_one_reading_is_parsed(query: str, parameters: dict[str, str]) -> None:
    assert read_query(query.encode()) == parameters


@pytest.mark.parametrize(
    "query",
    [
        "as_of=2011-08-31&as_of=2010-08-31", "as_of=1&as_of=1", "as_of=1&as%5Fof=2", "as_of=1&x=1&%61s_of=1",
        "as_of=1&as_of=2&as_of=3",
    ],
)  # fmt: skip
def test_parameter_given_twice_is_refused_by_its_name(query: str) -> None:
    assert errors_of(query) == [("/query/as_of", "parameter_repeated")]


@pytest.mark.parametrize(
    "value", ["", "%20", "+", "%09", "%0D%0A", "%C2%A0", "%E2%80%8B", "%EF%BB%BF", "%C2%AD", "%E3%80%80", "+%20"]
)
def test_parameter_without_a_visible_value_is_refused(value: str) -> None:
    assert errors_of(f"x=1&office={value}") == [("/query/office", "parameter_empty")]


def test_parameter_without_an_equals_sign_is_refused() -> None:
    assert errors_of("dry_run") == [("/query/dry_run", "parameter_empty")]


def test_every_faulty_parameter_is_named_at_once() -> None:
    found = errors_of("a=1&a=&b=&c%2Fd=1&c%2Fd=2")

    assert found == [
        ("/query/a", "parameter_repeated"), ("/query/a", "parameter_empty"), ("/query/b", "parameter_empty"),
        ("/query/c~1d", "parameter_repeated"),
    ]  # fmt: skip


def test_null_character_is_refused_by_its_parameter() -> None:
    assert errors_of("number=ZW%00-1") == [("/query/number", "value_unstorable")]


def test_raw_semicolon_is_refused_as_a_second_separator() -> None:
    assert errors_of("dry_run=true;dry_run=false") == [("/query", "query_semicolon")]


@pytest.mark.parametrize(
    "query", ["a=%FF", "%C5=1", "a=%ED%A0%80", b"a=\xc5\xbb", "&".join(f"p{n}=1" for n in range(51))]
)
def test_query_that_is_not_utf_8_in_ascii_is_refused(query: str | bytes) -> None:
    assert errors_of(query) == [("/query", "query_unreadable")]
