"""From bytes to a table of text: what was written comes out, and whatever else comes in is refused in words."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from miernik_shared.problems import Problem
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.media import declared_media_type, read_table

CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
SHAPE = TableShape(
    columns=("unit", "indicator", "breakdown", "period", "value"),
    required=frozenset({"indicator", "value"}),
    aliases={"wskaznik": "indicator", "wartosc": "value"},
)
CHARSETS = [None, "utf-8", "windows-1250", "iso-8859-2", "utf-16", "utf-16le", "koi8-r"]
CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r'="), max_size=12)
# Never empty: rows without any text are passed over.
ROWS = st.lists(st.tuples(CELLS, CELLS.map(lambda cell: f"x{cell}"), CELLS), min_size=1, max_size=6)
HEADERS = st.sampled_from(
    [b"indicator;value\n", b"indicator,value\n", b"unit\tindicator\tvalue\r\n", b"value;indicator;value\n"]
)
LOOSE = st.lists(
    st.sampled_from([b";", b",", b"\t", b'"', b"\n", b"\r\n", b"\r", b"7.1", b"x", b"\xff", b"\x00", b" "])
)
REFUSALS = (400, 415, 422)


def refusal_of(content: bytes, media_type: str, charset: str | None = None) -> Problem | None:
    """The problem that an upload meets; any other exception fails the test."""
    try:
        read_table(SHAPE, content, media_type, charset)
    except Problem as problem:
        return problem
    return None


@given(rows=ROWS, separator=st.sampled_from([";", ",", "\t"]), line_end=st.sampled_from(["\n", "\r\n"]))
def test_a_csv_file_comes_out_as_it_was_written(
    rows: list[tuple[str, str, str]], separator: str, line_end: str
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("unit", "indicator", "value"), *rows])
    table = read_table(SHAPE, file.getvalue().encode(), CSV, None)
    passed_over = {row for run in table.reading.rows for row in range(run.first, run.last + 1)}

    assert table.frame.rows() == [(row, *cells) for row, cells in enumerate(rows, 2) if row not in passed_over]


@given(header=st.one_of(st.just(b""), HEADERS), body=LOOSE, charset=st.sampled_from(CHARSETS))
@settings(max_examples=400)
def test_no_csv_file_raises_anything_but_a_problem(header: bytes, body: list[bytes], charset: str | None) -> None:
    content = header + b"".join(body)
    problem = refusal_of(content, CSV, charset)
    if problem:
        assert problem.status in REFUSALS
    else:
        assert set(read_table(SHAPE, content, CSV, charset).frame.columns) <= {"row_no", *SHAPE.columns}


@given(st.binary(max_size=200), st.sampled_from([CSV, NDJSON, JSON]), st.sampled_from(CHARSETS))
def test_no_bytes_raise_anything_but_a_problem(content: bytes, media_type: str, charset: str | None) -> None:
    problem = refusal_of(content, media_type, charset)
    assert problem is None or problem.status in REFUSALS


NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | CELLS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(CELLS, inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(st.sampled_from([*SHAPE.columns, "note"]), VALUES, max_size=6)


@given(objects=st.lists(st.one_of(OBJECTS, VALUES), max_size=4))
def test_no_json_raises_anything_but_a_problem(objects: list[object]) -> None:
    document, lines = json.dumps({"rows": objects}), "\n".join(json.dumps(one) for one in objects)
    for content, media_type in ((document, JSON), (lines, NDJSON)):
        problem = refusal_of(content.encode(), media_type)
        assert problem is None or problem.status in REFUSALS


DIGITS = st.decimals(-(10**13), 10**14, places=6, allow_nan=False) | st.integers(0, 10**14)


@given(values=st.lists(DIGITS, min_size=1, max_size=5), blank_line=st.booleans())
def test_both_kinds_of_json_keep_every_digit(values: list[object], blank_line: bool) -> None:
    rows = [f'{{"indicator": "7.10", "value": {value:f}}}' for value in values]  # type: ignore[str-bytes-safe]
    lines = ("\n\n" if blank_line else "\n").join(rows)
    document = f'{{"rows": [{",".join(rows)}]}}'
    expected = [f"{value:f}" for value in values]

    assert read_table(SHAPE, lines.encode(), NDJSON, None).frame["value"].to_list() == expected
    assert read_table(SHAPE, document.encode(), JSON, None).frame["value"].to_list() == expected


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    content = b'{"indicator":"a","value":"1"}\n\n{"indicator":"b","value":"2"}\n'
    assert read_table(SHAPE, content, NDJSON, None).frame["row_no"].to_list() == [1, 3]


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ('"indicator":"a","value":"1","valeu":"2"', 2),
        ('"indicator":"a"', 2),
        ('"value":"1"', 2),
        ('"indicator":"a","value":"1","\\u0076alue2":"x"', 2),
    ],
)
def test_a_line_with_other_keys_is_refused(keys: str, row: int) -> None:
    content = f'{{"indicator":"a","value":"1"}}\n{{{keys}}}\n'.encode()
    with pytest.raises(Problem) as refusal:
        read_table(SHAPE, content, NDJSON, None)

    assert (refusal.value.code, refusal.value.errors[0].row) == ("header_wrong", row)


def test_an_encoding_that_is_not_declared_is_not_guessed() -> None:
    with pytest.raises(Problem) as refusal:
        read_table(SHAPE, "indicator;value\n7.1;1\nżółw;2\n".encode("cp1250"), CSV, None)
    assert (refusal.value.code, refusal.value.errors[0].row) == ("encoding_wrong", 3)
    frame = read_table(SHAPE, "wskaźnik;wartość\nżółw;2\n".encode("cp1250"), CSV, "windows-1250").frame
    assert frame.rows() == [(2, "żółw", "2")]


@pytest.mark.parametrize(
    ("content", "code", "rows"),
    [
        ("indicator;value\na;1\nb", "file_truncated", [3]),
        ("indicator;value\na;1\nb\nc;2\n", "rows_malformed", [3]),
        ("indicator;value\na;1;2\nb;1\nc\n", "rows_malformed", [2, 4]),
        ("indicator;breakdown;value\na;;1\nb;;2;3\nc;1\n", "rows_malformed", [3, 4]),
        ("indicator;breakdown;value\na;;1\nb;2\nc;;1;", "rows_malformed", [3, 4]),
    ],
)
def test_rows_of_another_width_are_named(content: str, code: str, rows: list[int]) -> None:
    with pytest.raises(Problem) as refusal:
        read_table(SHAPE, content.encode(), CSV, None)
    assert (refusal.value.code, [error.row for error in refusal.value.errors]) == (code, rows)


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        (['B;Stowarzyszenie "Razem;2', "C;y;3"], [(3, "quote_not_closed")]),
        (['B;"Stowarzyszenie Razem;2', "C;y;3"], [(3, "quote_not_closed")]),
        (['B;"Razem;2', 'C;"y";3'], [(3, "quote_not_closed")]),
        (['B;"Razem" z Torunia;2', "C;y;3"], [(3, "quote_not_closed")]),
        (["B;2", 'C;"Razem;3', "D;4", "E;y;5", 'F;Nasz "dom;6'],
         [(3, "row_width"), (4, "quote_not_closed"), (5, "row_width"), (7, "quote_not_closed")]),
        (['B;"first\nsecond";2', 'C;"Razem;3', "D;4;5;6"], [(4, "quote_not_closed"), (5, "row_width")]),
        (['B;a "b;c" d', 'C "b;"c\nd";e" f', "D;y;3"], [(4, "quote_not_closed")]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_open_quote_is_told_at_its_own_row_with_all_other_faults(
    rows: list[str], faults: list[tuple[int, str]], line_end: str
) -> None:
    shape = TableShape(columns=("number", "title", "node"), required=frozenset({"number"}))
    content = "".join(f"{row}{line_end}" for row in ("number;title;node", "A;x;1", *rows))
    with pytest.raises(Problem) as refused:
        read_table(shape, content.encode(), CSV, None)

    assert [(error.row, error.code) for error in refused.value.errors] == faults
    assert (refused.value.code, refused.value.params) == ("rows_malformed", {"count": str(len(faults))})


def test_a_quote_left_open_in_the_header_is_told_there() -> None:
    problem = refusal_of(b'indicator;"value\na;1\n', CSV)

    assert problem is not None
    assert [(error.row, error.code) for error in problem.errors] == [(1, "quote_not_closed")]


def test_a_file_that_ends_within_quotes_is_cut_off() -> None:
    refused = refusal_of(b'indicator;value\na;1\n"b', CSV)

    assert refused is not None
    assert (refused.code, refused.params) == ("file_truncated", {"row": "3"})


def test_pairs_of_quotes_within_a_text_are_text() -> None:
    frame = read_table(SHAPE, 'indicator;value\nOśrodek "Nadzieja" w Toruniu;1\n'.encode(), CSV, None).frame
    assert frame.rows() == [(2, 'Ośrodek "Nadzieja" w Toruniu', "1")]


PIECES = st.sampled_from(["", "a", '"a;b"', '"a\nb"', '"a""b"', 'x"q"y', 'x"y', '"z', '" ', ' "q"', '"a"b'])


@given(rows=st.lists(st.lists(PIECES, min_size=1, max_size=4).map(";".join), max_size=4), last_end=st.booleans())
@settings(max_examples=400)
def test_a_csv_file_is_read_as_a_plain_reader_reads_it_or_refused_by_row(rows: list[str], last_end: bool) -> None:
    text = "\n".join(["unit;indicator;value", *rows]) + "\n" * last_end
    problem = refusal_of(text.encode(), CSV)
    if problem:
        assert problem.errors
        return
    plain = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=";"), 1)
    table = read_table(SHAPE, text.encode(), CSV, None)
    passed_over = {row for run in table.reading.rows for row in range(run.first, run.last + 1)}
    expected = [(row, *cells) for row, cells in plain if row > 1 and row not in passed_over]

    assert table.frame.rows() == expected


EMPTY = st.lists(st.sampled_from(["", ";;", "  ;\u00a0;", ";", " ", ";;;;", '"";;']), max_size=3).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(before=EMPTY, between=EMPTY, after=EMPTY, quoted=st.booleans(), last_end=st.booleans())
@example(before="", between="\n", after="\n\n", quoted=False, last_end=True)
@example(before="\n", between=";;\n", after=";;\n;;\n", quoted=True, last_end=False)
def test_empty_rows_are_passed_over_and_counted(
    before: str, between: str, after: str, quoted: bool, last_end: bool
) -> None:
    cell = '"7.1;1"' if quoted else "7.1"
    text = f"unit;indicator;value\n{before}A;{cell};\n{between};7.2;6\n{after}"
    frame = read_table(SHAPE, (text if last_end else text[:-1]).encode(), CSV, None).frame
    first, second = 2 + before.count("\n"), 3 + (before + between).count("\n")

    assert frame.rows() == [(first, "A", cell.strip('"'), ""), (second, "", "7.2", "6")]


@pytest.mark.parametrize("end", ["\r\n\r\n\r\n", "\n\r\n", "\r\n;\r\n"])
def test_line_ends_of_two_characters_make_empty_rows_too(end: str) -> None:
    frame = read_table(SHAPE, f"indicator;value\r\n7.1-1;5\r\n\r\n7.1-2;6{end}".encode(), CSV, None).frame
    assert frame.rows() == [(2, "7.1-1", "5"), (4, "7.1-2", "6")]


def test_empty_rows_do_not_hide_a_short_one() -> None:
    problem = refusal_of(b"indicator;value\n\n7.1-1\n;\n7.1-2;6\n;;;\n", CSV)

    assert problem is not None
    assert [(error.row, error.code) for error in problem.errors] == [(3, "row_width")]


@pytest.mark.parametrize(
    ("line", "separator"),
    [("sep=;", ";"), ("SEP=,", ","), ("sep=\t", "\t"), ("sep=|", "|"), ("sep=;;;", ";"), ('"sep=;"', ";"),
     ('"sep=;";;', ";")],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_line_that_says_the_separator_is_no_header(line: str, separator: str, line_end: str) -> None:
    text = line_end.join([line, "unit;indicator;value", "A;7.1;5", "", "B;7.2;6", ""]).replace(";", separator)
    content = text.replace(line.replace(";", separator), line).encode("utf-8-sig")

    assert read_table(SHAPE, content, CSV, None).frame.rows() == [(3, "A", "7.1", "5"), (5, "B", "7.2", "6")]


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        ("sep=;\nindicator;breakdown\na;1\n", "header_unknown", 2),
        ("sep=;\nindicator;value;valeu\n", "header_wrong", 2),
        ("sep=;\nindicator;value\na;1\nb\n", "rows_malformed", 4),
        ('sep=;\nindicator;value\n"a;1\n', "rows_malformed", 3),
    ],
)
def test_faults_below_a_separator_line_name_the_row_of_the_file(content: str, code: str, row: int) -> None:
    problem = refusal_of(content.encode(), CSV)

    assert problem is not None
    assert (problem.code, [error.row for error in problem.errors]) == (code, [row])


@pytest.mark.parametrize(
    ("content", "media_type"),
    [('{"rows":[{"indicator":"a","value":"1","unit":"x"},{"indicator":"b","value":"2"}]}', JSON),
     ('{"indicator":"a","value":"1","unit":"x"}\n{"indicator":"b","value":"2"}\n', NDJSON)],
)  # fmt: skip
def test_a_field_that_one_object_lacks_is_empty_and_told_as_absent(content: str, media_type: str) -> None:
    table = read_table(SHAPE, content.encode(), media_type, None)

    assert table.frame["unit"].to_list() == ["x", None]
    assert {name: rows for name, rows in table.absent.items() if rows} == {"unit": [2]}


@given(
    cells=st.lists(VALUES, min_size=1, max_size=5),
    media_type=st.sampled_from([JSON, NDJSON]),
    blank=st.sampled_from(["", " "]),
)
def test_a_cell_that_is_neither_text_nor_number_is_told_by_its_row(
    cells: list[object], media_type: str, blank: str
) -> None:
    rows = [f'{{"indicator":"a","value":{blank}{json.dumps(cell)}}}' for cell in cells]
    content = f'{{"rows":[{",".join(rows)}]}}' if media_type == JSON else "\n".join(rows)
    table = read_table(SHAPE, content.encode(), media_type, None)
    wrong = [row for row, cell in enumerate(cells, 1) if isinstance(cell, (bool, list, dict))]

    assert table.wrong_types == ({"value": wrong} if wrong else {})
    assert table.frame["value"].is_null().to_list() == [cell is None for cell in cells]


@pytest.mark.parametrize("cell", ["{}", '["a"]', "true", "false", '{"a":1}', "[1.5]"])
def test_lines_that_are_equally_made_are_looked_at_too(cell: str) -> None:
    content = f'{{"indicator":"a","value":"1"}}\n{{"indicator":"b","value":{cell}}}\n{{"indicator":"c","value":2}}\n'
    table = read_table(SHAPE, content.encode(), NDJSON, None)

    assert (table.wrong_types, table.frame["value"].to_list()[::2]) == ({"value": [2]}, ["1", "2"])


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
def test_however_deep_a_cell_goes_it_is_read_or_refused(media_type: str) -> None:
    for depth in (253, 255, *range(900, 1030)):
        row = f'{{"indicator":"a","value":{"[" * depth}{"]" * depth}}}'
        content = f'{{"rows":[{row}]}}' if media_type == JSON else row
        problem = refusal_of(content.encode(), media_type)
        assert problem is None or (problem.status, depth > 900) == (400, True)


def test_columns_without_a_name_are_passed_over_where_they_hold_nothing() -> None:
    content = b"indicator;;value;;;\na;;1;;;\nb; ;2;;;\n;;;;;\n"
    frame = read_table(SHAPE, content, CSV, None).frame

    assert frame.rows() == [(2, "a", "1"), (3, "b", "2")]


def test_a_column_without_a_name_that_holds_something_is_told_by_its_letter() -> None:
    cells = ";" * 24
    content = f"indicator;;value{cells}\na;;1{cells}\nb;x;2{cells[:-1]};y\n"
    problem = refusal_of(content.encode(), CSV)
    assert problem is not None
    told = [(error.code, dict(error.params)) for error in problem.errors]
    assert told == [
        ("column_unnamed", {"letter": "B", "first": "3"}),
        ("column_unnamed", {"letter": "AA", "first": "3"}),
    ]


@pytest.mark.parametrize(
    ("header", "declared"),
    [("", ("", None)), ("text/csv", (CSV, None)), ('Text/CSV; charset="windows-1250"', (CSV, "windows-1250"))],
)
def test_media_type_and_charset_are_those_declared(header: str, declared: tuple[str, str | None]) -> None:
    assert declared_media_type(header) == declared
