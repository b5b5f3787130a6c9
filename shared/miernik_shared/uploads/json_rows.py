"""Tables as JSON and NDJSON: one object per row, with the digits of numbers preserved.

A floating-point number would turn the code ``7.10`` into 7.1 and round long values, so decimals are parsed as text.
NDJSON without decimals is parsed by polars, which builds no object per row. Since polars would convert lists, objects
and booleans to text, files that may contain those are parsed row by row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, cast

import orjson
import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.strict_json import Path, RepeatedKeysError, parse_json, repeated_key_error
from miernik_shared.uploads.columns import RowsByColumn, TableShape, number_rows
from miernik_shared.values.personal_numbers import holds_personal_number

_OTHER_THAN_TEXT = re.compile(rb":\s*(?:-?\d+[.eE]|[\[{tf])")
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89abAB]")
# A key whose colon does not follow at once, or that an escaped quote may be a part of, is not found by its text; half
# of a surrogate pair would be replaced.
_MISREAD = r'"[ \t\r]+:|\\"|\\u[dD][89abAB]'
"""Pattern of lines that are parsed one by one."""
_SHOWN_ROWS = 100
_SHOWN_NAME = 60
NumberedObject = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JsonTable:
    """Cells as text; for ``absent`` and ``wrong_types`` see :class:`~media.RawTable`."""

    frame: pl.DataFrame
    absent: RowsByColumn = field(default_factory=dict[str, list[int]])
    wrong_types: RowsByColumn = field(default_factory=dict[str, list[int]])


def read_ndjson(shape: TableShape, content: bytes) -> JsonTable:
    """Parse NDJSON, with line numbers as row numbers. Raises 400 for a line that is no object, 422 for wrong keys."""
    frame = _read_regular(shape, content)
    if frame is not None:
        return JsonTable(frame)
    lines = enumerate(content.split(b"\n"), 1)
    return _build_table(shape, [(row, _parse_object(row, line)) for row, line in lines if line.strip()])


def read_json(shape: TableShape, content: bytes) -> JsonTable:
    """Parse ``{"rows": [{…}]}``, with rows counted from 1. Raises 400 for another structure, 422 for wrong keys."""
    try:
        document = _parse_json(content)
    except RepeatedKeysError as error:
        raise _refuse_repeated_keys(error.paths) from error
    except ValueError as error:
        raise Problem(400, "json_malformed") from error
    rows = cast(dict[str, Any], document).get("rows") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in cast(list[Any], rows)):
        raise Problem(400, "rows_missing", errors=[FieldError("/rows", "rows_missing")])
    return _build_table(shape, list(enumerate(cast(list[dict[str, Any]], rows), 1)))


def _read_regular(shape: TableShape, content: bytes) -> pl.DataFrame | None:
    """Table from polars if every line is an object with the same keys, of texts and integers; else ``None``."""
    if _OTHER_THAN_TEXT.search(content):
        return None
    try:
        frame = pl.read_ndjson(content, schema=dict.fromkeys(shape.columns, pl.String))
    except pl.exceptions.PolarsError:
        return None
    names = [name for name in shape.columns if f'"{name}":'.encode() in content]
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    if frame.height != lines or not set(names) >= shape.required or not _has_each_key_once(content, names):
        return None
    return number_rows(frame.select(names), 1)


def _has_each_key_once(content: bytes, names: Sequence[str]) -> bool:
    """Whether every line, valid JSON, has exactly these keys: of a repeated one polars would take the first value."""
    # No JSON has a raw U+0001, so that each line is one cell.
    lines = pl.read_csv(
        content, has_header=False, separator="\x01", quote_char=None, infer_schema=False, new_columns=["line"]
    )
    line = pl.col("line")
    each = [line.str.contains(f'"{name}":', literal=True) for name in names]
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


def _build_table(shape: TableShape, objects: Sequence[NumberedObject]) -> JsonTable:
    names = {name for _, row in objects for name in row} | shape.required
    if names - set(shape.columns) or any(not row.keys() >= shape.required for _, row in objects):
        raise Problem(422, "header_wrong", shape.params(", "), _list_key_errors(shape, objects)[:_SHOWN_ROWS])
    present = [name for name in shape.columns if name in names]
    columns = {name: _extract_column(objects, name) for name in present}
    frame = pl.DataFrame(
        {name: cells for name, (cells, _) in columns.items()}, schema=dict.fromkeys(present, pl.String)
    )
    frame = frame.insert_column(0, pl.Series("row_no", [row for row, _ in objects], dtype=pl.Int32))
    absent = {name: [row for row, cells in objects if name not in cells] for name in present}
    return JsonTable(frame, absent, {name: rows for name, (_, rows) in columns.items() if rows})


def _extract_column(objects: Sequence[NumberedObject], name: str) -> tuple[list[str | None], list[int]]:
    """Cells of a column as text, and the rows whose cell has a wrong type; it is converted for the PESEL check."""
    cells: list[Any] = [row.get(name) for _, row in objects]
    wrong_indexes = [index for index, cell in enumerate(cells) if not isinstance(cell, (str, NoneType))]
    for index in wrong_indexes:
        cells[index] = str(cells[index])
    return cells, [objects[index][0] for index in wrong_indexes]


def _list_key_errors(shape: TableShape, objects: Sequence[NumberedObject]) -> list[FieldError]:
    known = set(shape.columns)
    unknown = [
        _unknown_key_error(row, number, name)
        for row, cells in objects
        for number, name in enumerate(cells, 1)
        if name not in known
    ]
    missing = [
        FieldError(f"/rows/{row}/{name}", "column_missing", {"column": name}, row, name)
        for row, cells in objects
        for name in sorted(shape.required - cells.keys())
    ]
    return [*unknown, *missing]


def _unknown_key_error(row: int, number: int, name: str) -> FieldError:
    """Error for an unknown key. Omits the name of the key if that contains a personal number."""
    params = {"number": str(number)}
    if holds_personal_number(name):
        return FieldError(f"/rows/{row}", "column_unknown", params, row)
    return FieldError(f"/rows/{row}", "column_unknown", params | {"name": name[:_SHOWN_NAME]}, row, None, "key_unknown")
