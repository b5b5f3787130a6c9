"""Tables as JSON and NDJSON: one object per row, with the digits of numbers preserved.

A floating-point number would turn the code ``7.10`` into 7.1 and round long values, so decimals are parsed as text.
NDJSON without decimals is parsed by polars, which builds no object per row. Since polars would convert lists, objects
and booleans to text, files that may contain those are parsed row by row.
"""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import NoneType
from typing import Any, cast

import orjson
import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.strict_json import Path, RepeatedKeysError, parse_json, repeated_key_error
from miernik_shared.uploads.columns import RowsByColumn, TableShape, number_rows
from miernik_shared.uploads.csv_header import build_misspelt_error
from miernik_shared.uploads.headings import Headings, normalise_heading, show_heading
from miernik_shared.uploads.json_keys import Keys
from miernik_shared.uploads.limits import (
    COLUMNS,
    SHOWN,
    refuse_too_many_cells,
    refuse_too_many_columns,
    refuse_too_many_rows,
)
from miernik_shared.uploads.passed_over_cells import (
    find_doubtful_rows,
    find_hidden_personal_numbers,
    join_cells,
    refuse_second_table,
    split_rows,
)
from miernik_shared.uploads.reading_account import UNKNOWN_COLUMN, PassedOverColumn, Reading, describe_reading
from miernik_shared.uploads.row_kinds import TableColumns, classify_rows

_OTHER_THAN_TEXT = re.compile(rb":\s*(?:-?\d+[.eE]|[\[{tf])")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89abAB]")
# A key whose colon does not follow at once, or that an escaped quote may be a part of, is not found by its text; half
# of a surrogate pair would be replaced.
_MISREAD = r'"[ \t\r]+:|\\"|\\u[dD][89abAB]'
"""Pattern of lines that are parsed one by one."""
_MOST_KEYS_OF_REGULAR = 200
NumberedObject = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JsonTable:
    """Data rows as text, how they were read, and findings about what was passed over.

    For ``absent`` and ``wrong_types`` see :class:`~media.RawTable`.
    """

    frame: pl.DataFrame
    reading: Reading
    findings: list[pl.DataFrame]
    absent: RowsByColumn = field(default_factory=dict[str, list[int]])
    wrong_types: RowsByColumn = field(default_factory=dict[str, list[int]])


def read_ndjson(shape: TableShape, content: bytes) -> JsonTable:
    """Parse NDJSON, with line numbers as row numbers. Raises 400 for a line that is no object, 422 for wrong keys."""
    regular = _read_regular(shape, content)
    if regular is not None:
        return _pass_over_rows(shape, *regular)
    return _build_table(shape, list(_iterate_objects(shape, content)))


def _iterate_objects(shape: TableShape, content: bytes) -> Iterator[NumberedObject]:
    """Yield the objects of the lines, none after the hundredth that lacks a column: the file is refused for them."""
    headings, lacking, count = Headings(shape), 0, 0
    for row, line in enumerate(io.BytesIO(content), 1):
        if not line.strip():
            continue
        count += 1
        refuse_too_many_rows(count, shape.most_rows)
        cells = _parse_object(row, line)
        yield row, cells
        # Of an object with thousands of keys only the first are looked at; it is refused for their number.
        lacking += not shape.required <= {headings.find(name) for name in islice(cells, COLUMNS)}
        if lacking == SHOWN:
            return


def read_json(shape: TableShape, content: bytes) -> JsonTable:
    """Parse ``{"rows": [{…}]}``, with rows counted from 1. Raises 400 for another structure, 422 for wrong keys."""
    # A brace is a row, or stands in a text: few enough do for the factor that the limit allows.
    refuse_too_many_rows(content.count(b"{"), shape.most_rows)
    try:
        document = _parse_json(content)
    except RepeatedKeysError as error:
        raise _refuse_repeated_keys(error.paths) from error
    except ValueError as error:
        raise Problem(400, "json_malformed") from error
    rows = cast(dict[str, Any], document).get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast(list[Any], rows)):
        raise Problem(400, "rows_missing", errors=[FieldError("/rows", "rows_missing")])
    beside = str({name: value for name, value in cast(dict[str, Any], document).items() if name != "rows"})
    return _build_table(shape, list(enumerate(cast(list[dict[str, Any]], rows), 1)), beside)


def _read_regular(shape: TableShape, content: bytes) -> tuple[pl.DataFrame, Keys] | None:
    """Table from polars if every line is an object with the same keys, of texts and integers; else ``None``.

    The keys of the first line are those that polars is told to look for.
    """
    if _OTHER_THAN_TEXT.search(content):
        return None
    try:
        first = _parse_json(content.partition(b"\n")[0])
    except ValueError:
        return None
    named = cast(dict[str, Any], first) if isinstance(first, dict) else {}
    if len(named) > _MOST_KEYS_OF_REGULAR:
        return None
    keys = Keys.assign(Headings(shape), named)
    names = [*keys.own, *keys.unknown]
    if keys.misspelt or keys.repeated or not set(keys.own.values()) >= shape.required:
        return None
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    refuse_too_many_cells(lines, len(names))
    try:
        frame = pl.read_ndjson(content, schema=dict.fromkeys(names, pl.String))
    except pl.exceptions.PolarsError:
        return None
    if frame.height != lines or not _has_each_key_once(content, names):
        return None
    return number_rows(frame.rename(keys.columns), 1), keys


def _has_each_key_once(content: bytes, names: Sequence[str]) -> bool:
    """Whether every line, valid JSON, has exactly these keys: of a repeated one polars would take the first value."""
    # No JSON has a raw U+0001, so that each line is one cell.
    lines = pl.read_csv(
        content, has_header=False, separator="\x01", quote_char=None, infer_schema=False, new_columns=["line"]
    )
    line = pl.col("line")
    each = [line.str.contains(json.dumps(name, ensure_ascii=False) + ":", literal=True) for name in names]
    counted = line.str.count_matches('":', literal=True) == len(names)
    plain = ~line.str.contains(_MISREAD)
    return bool(lines.select(pl.all_horizontal(plain, counted, *each).all()).item())


def _parse_object(row: int, line: bytes) -> dict[str, Any]:
    try:
        found = _parse_json(line)
    except RepeatedKeysError as error:
        raise _refuse_repeated_keys([("rows", row - 1, *path) for path in error.paths]) from error
    except ValueError:
        found = None
    if not isinstance(found, dict):
        error = FieldError(f"/rows/{row}", "line_malformed", {"row": str(row)}, row)
        raise Problem(400, "line_malformed", {"row": str(row)}, [error])
    return cast(dict[str, Any], found)


def _refuse_repeated_keys(paths: Sequence[Path]) -> Problem:
    """Refusal of rows with repeated keys. ``paths`` count rows from 0, as JSON does; people count them from 1."""
    errors: list[FieldError] = []
    for path in paths:
        match path:
            case ("rows", int() as index, *rest) if rest:
                errors.append(repeated_key_error(("rows", index + 1, *rest), index + 1))
            case _:
                errors.append(repeated_key_error(path))
    return Problem(422, "request_invalid", errors=errors)


def _parse_json(content: bytes) -> Any:
    """Parse JSON with numbers as text. Raises ``ValueError``, of which ``RepeatedKeysError`` is one."""
    document = parse_json(content, number=str)
    if _ESCAPED_SURROGATE.search(content):
        # Half of a surrogate pair is no text; orjson refuses it.
        orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    return document


def _build_table(shape: TableShape, objects: Sequence[NumberedObject], beside: str = "") -> JsonTable:
    """Table of the objects; ``beside`` is what else the document contains."""
    headings, names = Headings(shape), dict.fromkeys(name for _, row in objects for name in row)
    refuse_too_many_columns(len(names))
    keys = Keys.assign(headings, names)
    if errors := list(islice(_list_key_errors(shape, keys, objects), SHOWN)):
        raise Problem(422, "header_wrong", shape.params(", "), errors)
    refuse_too_many_cells(len(objects), len(names))
    renamed = [(number, {keys.columns[name]: cell for name, cell in row.items()}) for number, row in objects]
    present = [name for name in shape.columns if name in shape.required or name in keys.own.values()]
    columns = {name: _extract_column(renamed, name) for name in (*present, *keys.unknown.values())}
    cells = {name: cells for name, (cells, _) in columns.items()}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
    frame = frame.insert_column(0, pl.Series("row_no", [row for row, _ in objects], dtype=pl.Int32))
    absent = {name: [row for row, cells in renamed if name not in cells] for name in present}
    wrong_types = {name: columns[name][1] for name in present if columns[name][1]}
    return replace(_pass_over_rows(shape, frame, keys, beside), absent=absent, wrong_types=wrong_types)


def _extract_column(objects: Sequence[NumberedObject], name: str) -> tuple[list[str | None], list[int]]:
    """Cells of a column as text, and the rows whose cell has a wrong type; it is converted for the PESEL check."""
    cells: list[Any] = [row.get(name) for _, row in objects]
    wrong_indexes = [index for index, cell in enumerate(cells) if not isinstance(cell, (str, NoneType))]
    for index in wrong_indexes:
        cells[index] = str(cells[index])
    return cells, [objects[index][0] for index in wrong_indexes]


def _list_key_errors(shape: TableShape, keys: Keys, objects: Sequence[NumberedObject]) -> Iterator[FieldError]:
    """Yield the errors of misspelt, repeated and missing keys, in the order of the rows."""
    required = shape.required
    for row, cells in objects:
        for name in keys.misspelt.keys() & cells.keys() if keys.misspelt else ():
            yield build_misspelt_error(f"/rows/{row}", row, name, keys.misspelt[name])
        named = [column for name in cells if (column := keys.own.get(name))]
        if keys.repeated and len(set(named)) < len(named):
            column = next(one for one in named if named.count(one) > 1)
            yield FieldError(f"/rows/{row}/{column}", "column_repeated", {"column": column}, row, column)
        for column in sorted(required - set(named)):
            yield FieldError(f"/rows/{row}/{column}", "column_missing", {"column": column}, row, column)


def _pass_over_rows(shape: TableShape, frame: pl.DataFrame, keys: Keys, beside: str = "") -> JsonTable:
    """Separate the rows that are no data, as in a CSV file, and the unknown columns."""
    headings = Headings(shape)
    own = [name for name in shape.columns if name in frame.columns]
    columns = TableColumns(
        shape.identifier, own, {column: normalise_heading(name) for name, column in keys.own.items()}
    )
    kinds = classify_rows(frame, columns, headings.names.keys(), shape.known)
    refuse_second_table(shape, kinds)
    rows = split_rows(frame, kinds)
    shown = {column: show_heading(name) for name, column in keys.unknown.items()}
    hidden = [rows.passed_over, rows.data.select("row_no", *shown), join_cells([(1, [*keys.unknown, beside])])]
    findings = find_doubtful_rows(rows, shape.identifier, shape.identifier)
    findings += find_hidden_personal_numbers(hidden, dict(zip(own, own, strict=True)) | shown)
    passed = [PassedOverColumn(keys.numbers[column], heading, UNKNOWN_COLUMN) for column, heading in shown.items()]
    return JsonTable(rows.data.select("row_no", *own), describe_reading(None, rows.kinds, passed), findings)
