"""Rows as JSON and NDJSON in which a key occurs twice: none of the values is chosen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_shared.problems import Problem
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.media import read_table

NDJSON, JSON = "application/x-ndjson", "application/json"
SHAPE = TableShape(columns=("unit", "indicator", "value"), required=frozenset({"indicator", "value"}))
SOUND = '{"indicator":"T-sum","value":"1"}'
KEYS = ("unit", "indicator", "value", "val\\u0075e", 'x\\"value')
ROWS = st.lists(
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(("null", '"2"', "3"))), max_size=4),
    min_size=1, max_size=4,
)  # fmt: skip


def refusal_of(content: str, media_type: str) -> Problem:
    with pytest.raises(Problem) as refused:
        read_table(SHAPE, content.encode(), media_type, None)
    return refused.value


def as_document(lines: list[str], media_type: str) -> str:
    return "\n".join(lines) if media_type == NDJSON else f'{{"rows":[{",".join(lines)}]}}'


@pytest.mark.parametrize("media_type", [NDJSON, JSON])
@pytest.mark.parametrize(
    "row",
    [
        '{"indicator":"T-sum","value":"24","value":"42"}',
        '{"indicator":"T-sum","value":"24","value":"24"}',
        '{"indicator":"T-sum","value":24.5,"value":42.5}',
        '{"indicator":"T-sum","value" :"24","value":"42"}',
        '{"indicator":"T-sum","value":"24","val\\u0075e":"42"}',
        '{"value":null,"indicator":"T-sum","value":"42"}',
    ],
)
def test_repeated_key_is_named_with_its_row(row: str, media_type: str) -> None:
    problem = refusal_of(as_document([SOUND, row], media_type), media_type)

    assert (problem.status, problem.code) == (422, "request_invalid")
    assert [(error.pointer, error.code, error.row) for error in problem.errors] == [
        ("/rows/2/value", "key_repeated", 2)
    ]


def test_repeated_key_of_one_line_is_seen_though_another_line_lacks_it() -> None:
    lines = ['{"unit":"a","unit":"b","indicator":"x","value":"1"}', SOUND]

    assert [error.pointer for error in refusal_of("\n".join(lines), NDJSON).errors] == ["/rows/1/unit"]


def test_rows_given_twice_are_refused() -> None:
    problem = refusal_of(f'{{"rows":[{SOUND}],"rows":[]}}', JSON)

    assert [(error.pointer, error.row) for error in problem.errors] == [("/rows", None)]


@pytest.mark.parametrize("media_type", [NDJSON, JSON])
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", '"\\ud800"'])
def test_cell_that_is_no_json_is_malformed(word: str, media_type: str) -> None:
    problem = refusal_of(as_document([SOUND.replace('"1"', word)], media_type), media_type)

    assert (problem.status, problem.code) == (400, "json_malformed" if media_type == JSON else "line_malformed")


def test_key_apart_from_its_colon_is_read() -> None:
    frame = read_table(SHAPE, b'{"unit" :"a","indicator"\t: "x","value":"1"}', NDJSON, None).frame

    assert frame.rows() == [(1, "a", "x", "1")]


@given(rows=ROWS)
def test_lines_are_read_as_by_a_parser_that_refuses_repeated_keys(rows: list[list[tuple[str, str]]]) -> None:
    lines = ["{" + ",".join(f'"{key}":{cell}' for key, cell in row) + "}" for row in rows]
    names = [[json.loads(f'"{key}"') for key, _ in row] for row in rows]
    content = "\n".join(lines)

    if all(len(set(row)) == len(row) and {"indicator", "value"} <= set(row) <= set(SHAPE.columns) for row in names):
        frame = read_table(SHAPE, content.encode(), NDJSON, None).frame
        # A row without any text is no data and is passed over.
        cells = [row for row in map(json.loads, lines) if any(value is not None for value in row.values())]
        for name in frame.columns[1:]:
            expected = [None if row.get(name) is None else str(row[name]) for row in cells]
            assert frame[name].to_list() == expected
    else:
        assert refusal_of(content, NDJSON).status == 422
