"""Entity tags: lists, the asterisk, weak tags, and what is none of them."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from miernik_shared.problems import Problem
from miernik_shared.web.entity_tags import parse_entity_tags
from miernik_shared.web.unit_of_work import read_if_match

MALFORMED = (
    "",
    " ",
    "v1",
    "'v1'",
    '"v1',
    'v1"',
    '"v1" "v2"',
    '"v1", v2',
    '"v1", *',
    "**",
    'w/"v1"',
    "W/v1",
    '"v 1"',
    ",",
)


@pytest.mark.parametrize(
    "header", ['"v2"', "*", " * ", '"v1", "v2"', '"v1","v2"', ',"v1",, "v2" ,', 'W/"v2", "v2"', '"a,b", "v2"']
)
def test_tag_in_the_list_or_an_asterisk_matches_strongly(header: str) -> None:
    assert parse_entity_tags(header).match_strongly('"v2"')


@pytest.mark.parametrize("header", ['"v1"', '"v1", "v3"', 'W/"v2"', '"a,v2"', '"V2"', '""'])
def test_another_tag_or_a_weak_one_does_not_match_strongly(header: str) -> None:
    assert not parse_entity_tags(header).match_strongly('"v2"')


def test_weak_tag_matches_weakly_in_both_directions() -> None:
    assert parse_entity_tags('W/"v2"').match_weakly('"v2"')
    assert parse_entity_tags('"v2"').match_weakly('W/"v2"')
    assert not parse_entity_tags('W/"v1"').match_weakly('"v2"')


@pytest.mark.parametrize(("header", "only_weak"), [('W/"v1"', True), ('W/"v1", "v2"', False), ("*", False)])
def test_list_of_weak_tags_alone_is_recognised(header: str, *, only_weak: bool) -> None:
    assert parse_entity_tags(header).only_weak is only_weak


@pytest.mark.parametrize("header", MALFORMED)
def test_malformed_if_match_is_refused(header: str) -> None:
    with pytest.raises(Problem) as refused:
        read_if_match(Headers({"If-Match": header}))

    assert (refused.value.status, refused.value.code) == (400, "if_match_malformed")
    assert [error.pointer for error in refused.value.errors] == ["/headers/If-Match"]


def test_two_lines_of_if_match_are_one_list() -> None:
    tags = read_if_match(Headers(raw=[(b"if-match", b'"v1"'), (b"if-match", b'"v2"')]))

    assert tags is not None
    assert tags.tags == ('"v1"', '"v2"')


def test_request_without_if_match_has_no_tags() -> None:
    assert read_if_match(Headers({})) is None
