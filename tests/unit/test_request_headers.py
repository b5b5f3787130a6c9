"""Headers of a request in several lines: lists are combined, everything else is refused."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from miernik_shared.problems import Problem
from miernik_shared.web.request_headers import combine_header, refuse_repeated_headers


@pytest.mark.parametrize(
    "name", ["authorization", "content-type", "content-length", "content-encoding", "idempotency-key"]
)
@pytest.mark.parametrize("second", [b"one", b"two", b""])
def test_second_line_of_a_single_value_is_refused(name: str, second: bytes) -> None:
    with pytest.raises(Problem) as refused:
        refuse_repeated_headers([(name.encode(), b"one"), (b"accept", b"*/*"), (name.encode(), second)])

    assert (refused.value.status, refused.value.code) == (400, "header_repeated")
    assert [error.pointer.lower() for error in refused.value.errors] == [f"/headers/{name}"]


def test_every_header_once_and_lists_in_lines_are_taken() -> None:
    lists = [(name, b"x") for name in (b"if-match", b"accept-language", b"miernik-position") for _ in range(2)]

    refuse_repeated_headers([*lists, (b"content-type", b'text/csv; charset="a;b=1;b=2"; header=present')])


@pytest.mark.parametrize("charsets", ["charset=utf-8; charset=windows-1250", "charset=utf-8;CHARSET=utf-8"])
def test_media_type_with_two_charsets_is_refused(charsets: str) -> None:
    with pytest.raises(Problem) as refused:
        refuse_repeated_headers([(b"content-type", f"text/csv; {charsets}".encode())])

    assert (refused.value.status, refused.value.code) == (400, "media_type_parameter_repeated")
    assert refused.value.params == {"parameter": "charset"}


def test_lines_of_a_list_are_combined_in_their_order() -> None:
    headers = Headers(raw=[(b"if-match", b'"v1"'), (b"accept", b"a"), (b"if-match", b'"v2", "v3"')])

    assert combine_header(headers, "If-Match") == '"v1", "v2", "v3"'
    assert combine_header(headers, "If-None-Match") is None
