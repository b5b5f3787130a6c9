"""Work on an upload is bounded before it is done: columns, cells, the header, rows parsed one by one, errors built."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from miernik_contracts.rates.nbp_file import read_nbp
from miernik_shared.problems import Problem
from miernik_shared.uploads import csv_errors, json_rows
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.limits import CELLS, COLUMNS, FINDINGS, HEADER_BYTES, SHOWN
from miernik_shared.uploads.media import RawTable, read_table

SHAPE = TableShape(columns=("number", "title"), required=frozenset({"number"}))
CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"


def read(content: str | bytes, media_type: str, shape: TableShape = SHAPE) -> RawTable:
    return read_table(shape, content.encode() if isinstance(content, str) else content, media_type, None)


def refusal(content: str | bytes, media_type: str = CSV, shape: TableShape = SHAPE) -> Problem:
    with pytest.raises(Problem) as caught:
        read(content, media_type, shape)
    return caught.value


@pytest.fixture
def no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parser that fails when it is called: the file must be refused before."""

    def parse(*_: object, **__: object) -> None:
        raise AssertionError("the parser was called")

    monkeypatch.setattr(pl, "read_csv", parse)
    monkeypatch.setattr(pl, "read_ndjson", parse)


def keys(number: int) -> str:
    return json.dumps({"number": "A-1"} | {f"k{one}": "x" for one in range(number)})


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize(
    ("content", "media_type", "count"),
    [
        ("number" + ";" * 6_000 + "\nA-1\n", CSV, 6_001),
        ("number" + ";" * 100_000 + "\nA-1\n", CSV, 100_001),
        ("number\t" + "\t".join(f"k{one}" for one in range(COLUMNS)) + "\n", CSV, COLUMNS + 1),
        ('"number"' + ',""' * COLUMNS + "\n", CSV, COLUMNS + 1),
        ("Lista;2011\n\nnumber" + ";" * COLUMNS + "\n", CSV, COLUMNS + 1),
        (keys(100_000), NDJSON, 100_001),
        (f'{{"rows": [{keys(100_000)}]}}', JSON, 100_001),
    ],
)
def test_more_columns_than_the_limit_are_refused_before_parsing(content: str, media_type: str, count: int) -> None:
    problem = refusal(content, media_type)

    assert (problem.status, problem.code) == (422, "columns_too_many")
    assert problem.params == {"count": str(count), "limit": str(COLUMNS)}


def test_as_many_columns_as_the_limit_are_read() -> None:
    beside = COLUMNS - 1
    assert read("number" + ";" * beside + "\nA-1" + ";" * beside + "\n", CSV).reading.column_count == beside
    for content, media_type in ((keys(beside), NDJSON), (f'{{"rows": [{keys(beside)}]}}', JSON)):
        assert read(content, media_type).reading.column_count == beside


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ("number" + ";" * (COLUMNS - 1) + "\n" + "x\n" * (CELLS // COLUMNS + 1), CSV),
        ("number" + ";" * (COLUMNS - 1) + "\n" * (CELLS // COLUMNS + 2), CSV),
        (keys(199) + "\n" + "{}\n" * (CELLS // 200), NDJSON),
    ],
)
def test_more_cells_than_the_limit_are_refused_before_parsing(content: str, media_type: str) -> None:
    problem = refusal(content, media_type)

    assert (problem.status, problem.code, problem.params["limit"]) == (413, "cells_too_many", str(CELLS))


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize("line", ["x", ";", '"";', '"', "number;"])
def test_first_line_beyond_the_limit_is_refused_unread(line: str) -> None:
    problem = refusal(line * (HEADER_BYTES + 1))

    assert (problem.status, problem.code, problem.params["limit"]) == (422, "line_too_long", str(HEADER_BYTES))


def test_header_above_a_line_of_megabytes_is_found() -> None:
    table = read("number;title\nA-1;" + "x" * 2 * HEADER_BYTES + "\n", CSV)

    assert table.frame["number"].to_list() == ["A-1"]


def test_lines_without_a_required_key_are_parsed_until_the_hundredth(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = count_calls(monkeypatch, json_rows, "_parse_object")
    problem = refusal('{"number": "A-1"}\n' + "{}\n" * 5_000, NDJSON)

    assert (len(problem.errors), len(parsed)) == (SHOWN, SHOWN + 1)
    assert {one.code for one in problem.errors} == {"column_missing"}
    assert len(refusal('{"rows": [' + ",".join(["{}"] * 5_000) + "]}", JSON).errors) == SHOWN


def test_rows_beyond_twice_the_limit_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = count_calls(monkeypatch, json_rows, "_parse_object")
    problem = refusal('{"number": 1.5}\n' * 5_000, NDJSON, replace(SHAPE, most_rows=10))

    assert (problem.status, problem.code, problem.params) == (413, "rows_too_many", {"limit": "10"})
    assert len(parsed) == 20


@pytest.mark.parametrize("row", ["x", "x;1;2", '"x', 'x"y;1', '"""x;1'])
def test_all_malformed_rows_are_counted_and_a_hundred_shown(monkeypatch: pytest.MonkeyPatch, row: str) -> None:
    built = count_calls(monkeypatch, csv_errors, "build_row_error")
    problem = refusal("number;title\n" + f"{row}\n" * 5_000)

    assert (problem.code, problem.params) == ("rows_malformed", {"count": "5000"})
    assert (len(problem.errors), len(built)) == (SHOWN, SHOWN)


def test_search_ends_after_thousands_of_open_quotes() -> None:
    problem = refusal("number;title\n" + '"x\n' * (FINDINGS + 5_000))

    assert (problem.code, problem.params) == ("rows_malformed", {"count": f"{FINDINGS}+"})


def count_calls(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[object]:
    """Replace a function by one that notes each call."""
    calls: list[object] = []
    former = getattr(module, name)

    def call(*arguments: object) -> object:
        calls.append(arguments)
        return former(*arguments)

    monkeypatch.setattr(module, name, call)
    return calls


def test_malformed_rows_beyond_twice_the_limit_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("miernik_shared.uploads.csv_rows.find_csv_faults", None)
    problem = refusal("number;title\n" + "x\n" * 21, CSV, replace(SHAPE, most_rows=10))

    assert (problem.status, problem.code, problem.params) == (413, "rows_too_many", {"limit": "10"})


def test_array_of_rows_beyond_twice_the_limit_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "parse_json", None)
    problem = refusal('{"rows": [' + ",".join(["{}"] * 20) + "]}", JSON, replace(SHAPE, most_rows=10))

    assert (problem.status, problem.code, problem.params) == (413, "rows_too_many", {"limit": "10"})


def test_empty_rows_below_a_table_do_not_count() -> None:
    assert read("number;title\nA-1;x\n" + ";\n" * 50, CSV, replace(SHAPE, most_rows=10)).frame.height == 1


@given(st.lists(st.sampled_from(["a", ";", "\n", "\r\n", " ", "\u00a0"]), max_size=20).map("".join))
def test_faults_of_lines_equal_those_of_records(body: str) -> None:
    content = f"a;b\n{body}".encode()
    fast = csv_errors.find_csv_faults(content, ";", 2, 3)
    records = list(csv_errors.split_records(content, b";", 3))

    faulty = [(one.row, one.cells) for one in records if one.is_faulty(2, b";")]
    wide = [one.row for one in records if one.cells > 2]
    assert [(row, cells) for row, cells, _ in fast.faulty] == faulty
    assert (fast.row_count, [row for row, _ in fast.texts]) == (len(records), wide)


@pytest.mark.parametrize("depth", [10, 90, 400, 900, 990, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "end"), [("[", "]"), ('{"a":', "}")])
def test_nested_cell_is_refused_at_any_depth(depth: int, opening: str, end: str) -> None:
    cell = opening * depth + "1" + end * depth
    for content, media_type in ((f'{{"number": {cell}}}', NDJSON), (f'{{"rows": [{{"number": {cell}}}]}}', JSON)):
        try:
            outcome: object = dict(read(content, media_type).wrong_types)
        except Problem as problem:
            outcome = problem.code
        assert outcome in ({"number": [1]}, "line_malformed", "json_malformed")


def test_more_rates_than_the_bank_publishes_are_refused() -> None:
    rates = ",".join(["{}"] * 50_000)
    with pytest.raises(Problem) as caught:
        read_nbp(f'{{"table": "A", "code": "EUR", "rates": [{rates}]}}'.encode(), "EUR", date(2011, 9, 26))

    assert (caught.value.status, caught.value.code) == (413, "rows_too_many")
