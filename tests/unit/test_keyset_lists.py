"""Keyset pagination: the condition after a cursor, the cut of a page and the link to the next one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import Request, Response
from sqlalchemy import column, literal_column, select, table
from sqlalchemy.dialects import postgresql

from miernik_shared.database import AnyRow
from miernik_shared.filters import build_equality_filters
from miernik_shared.problems import Problem
from miernik_shared.web.keyset_lists import Keyset, PageRequest

CALLS = table("call", column("office"), column("call_no"))
ORDER = Keyset("calls", (CALLS.c.office, CALLS.c.call_no), (str, int))
NEWEST_FIRST = Keyset("imports", (CALLS.c.call_no,), (int,), descending=True)


def sql_of(order: Keyset, after: list[Any] | None) -> str:
    """The statement in one line, with its values written out."""
    statement = order.select_after(select(literal_column("1")).select_from(CALLS), after)
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    return " ".join(str(compiled).split())


def rows(*keys: tuple[str, int]) -> list[AnyRow]:
    return [cast(AnyRow, SimpleNamespace(office=office, call_no=call_no)) for office, call_no in keys]


def page_request(limit: int, cursor: str | None = None) -> PageRequest:
    scope = {"type": "http", "path": "/v1/calls", "query_string": b"office=04", "headers": [(b"host", b"calls")]}
    return PageRequest(Request({**scope, "scheme": "http", "server": ("calls", 80)}), Response(), cursor, limit)


def test_first_page_is_ordered_and_has_no_condition() -> None:
    assert sql_of(ORDER, None) == "SELECT 1 FROM call ORDER BY call.office, call.call_no"


def test_later_page_begins_after_the_key() -> None:
    assert "WHERE (call.office, call.call_no) > ('04', 7)" in sql_of(ORDER, ["04", 7])


def test_descending_page_begins_below_the_key() -> None:
    assert sql_of(NEWEST_FIRST, [7]).endswith("WHERE (call.call_no) < (7) ORDER BY call.call_no DESC")


def test_last_page_has_no_cursor_and_no_link() -> None:
    request = page_request(limit=2)

    page = request.cut_page(ORDER, rows(("04", 1), ("04", 2)))

    assert (len(page.rows), page.next) == (2, None)
    assert "Link" not in request.response.headers


def test_full_page_links_to_the_row_after_its_last() -> None:
    request = page_request(limit=2)

    page = request.cut_page(ORDER, rows(("04", 1), ("04", 2), ("06", 3)))

    assert [row.call_no for row in page.rows] == [1, 2]
    assert page_request(limit=2, cursor=page.next).read_cursor(ORDER) == ["04", 2]
    link = request.response.headers["Link"].partition(">")[0].removeprefix("<")
    assert parse_qs(urlsplit(link).query) == {"office": ["04"], "cursor": [page.next]}


def test_cursor_of_another_list_is_refused() -> None:
    page = page_request(limit=1).cut_page(ORDER, rows(("04", 1), ("04", 2)))

    with pytest.raises(Problem) as refused:
        page_request(limit=1, cursor=page.next).read_cursor(NEWEST_FIRST)

    assert (refused.value.status, refused.value.code) == (400, "cursor_foreign")


def test_only_given_values_become_filters() -> None:
    conditions = build_equality_filters({CALLS.c.office: "04", CALLS.c.call_no: None})

    assert [str(condition.compile(compile_kwargs={"literal_binds": True})) for condition in conditions] == [
        "call.office = '04'"
    ]


def test_falsy_value_is_a_filter() -> None:
    assert len(build_equality_filters({CALLS.c.office: "", CALLS.c.call_no: 0})) == 2
