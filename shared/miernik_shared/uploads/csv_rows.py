"""Tables as CSV: the separator is detected from the header, and polars parses the cells without an object per row."""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape, number_rows
from miernik_shared.uploads.csv_errors import find_csv_problem

_SEPARATORS = (";", "\t", ",")
# Excel's line before the header that declares the separator; other programs pad and quote it like a row.
_SEPARATOR_LINE = re.compile(rb'"?sep=([;,\t|])"?\1*(?:\r?\n|\r?\Z)', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\n(?=\r?\n)")

_UNNAMED = "#"
"""Prefix of the temporary name, with its number, of a column whose header is blank."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """Row number of the header, and the separators to try on it."""

    header_row: int
    separators: Sequence[str]


def read_csv(shape: TableShape, content: bytes) -> pl.DataFrame:
    """Parse CSV in UTF-8 to a table of text without its empty rows; ``row_no`` is the row number in the file.

    Raises 400 for malformed content, 422 for columns other than those of the shape.
    """
    opening = _Opening(1, _SEPARATORS)
    if declared := _SEPARATOR_LINE.match(content):
        opening = _Opening(2, [declared[1].decode()])
        content = content[declared.end() :]
    header, separator = _read_header(shape, content, opening)
    if b"\x00" in content:
        raise Problem(400, "content_not_text")
    frame = _read_cells(content, separator, len(header), opening.header_row)
    frame.columns = header
    table = number_rows(frame.fill_null(""), opening.header_row + 1)
    return _drop_empty_rows(shape, _drop_unnamed_columns(shape, table, opening.header_row))


def _read_cells(content: bytes, separator: str, width: int, header_row: int) -> pl.DataFrame:
    """Cells as text. Raises 400 for rows of another width and for unclosed quotes."""
    # Without a line end, polars would ignore a surplus cell in the last line.
    lines = content if content.endswith(b"\n") else content + b"\n"
    frame = _parse_cells(lines, separator, cut=False)
    if frame is not None and _is_regular(content, separator, frame):
        return frame
    if problem := find_csv_problem(content, separator, width, header_row):
        raise problem
    # Only empty rows have another width.
    frame = frame if frame is not None else _parse_cells(lines, separator, cut=True)
    if frame is None:
        raise Problem(400, "rows_malformed", {"count": "–"})
    return frame


def _parse_cells(lines: bytes, separator: str, *, cut: bool) -> pl.DataFrame | None:
    """Cells parsed by polars; ``None`` if it fails. With ``cut`` surplus cells of a row are dropped, else an error."""
    try:
        return pl.read_csv(lines, separator=separator, infer_schema=False, has_header=True, truncate_ragged_lines=cut)
    except pl.exceptions.PolarsError:
        return None


def _is_regular(content: bytes, separator: str, frame: pl.DataFrame) -> bool:
    """Whether every non-blank row certainly has as many cells as the header and no quote is left open.

    Polars itself rejects only rows with more cells.
    """
    if b'"' not in content:
        found, between = content.count(separator.encode()), frame.width - 1
        rows = frame.height + 1
        return found == rows * between or found == (rows - len(_BLANK_LINE.findall(content))) * between
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True)
    try:
        widths = Counter(map(len, reader))
    except csv.Error:
        return False
    # An unclosed quote may merge several rows, which the two parsers count differently.
    return widths.keys() <= {0, frame.width} and widths.total() == frame.height + 1


def _drop_empty_rows(shape: TableShape, frame: pl.DataFrame) -> pl.DataFrame:
    """Drop rows without any text, which spreadsheets leave below a table and between its parts."""
    always_given = next(name for name in shape.columns if name in shape.required)
    if not (frame[always_given].str.strip_chars() == "").any():
        return frame
    return frame.filter(~pl.all_horizontal(pl.exclude("row_no").str.strip_chars() == ""))


def _drop_unnamed_columns(shape: TableShape, frame: pl.DataFrame, header_row: int) -> pl.DataFrame:
    """Drop unnamed columns, which spreadsheets leave beside a table. Raises 422 if one contains text."""
    unnamed = [name for name in frame.columns if name.startswith(_UNNAMED)]
    errors: list[FieldError] = []
    for name in unnamed:
        number = int(name.removeprefix(_UNNAMED))
        filled = frame.filter(pl.col(name).str.strip_chars() != "")["row_no"]
        if not filled.is_empty():
            details = {"letter": _column_letters(number), "first": str(filled[0])}
            errors.append(FieldError(f"/rows/{header_row}/{number}", "column_unnamed", details, header_row))
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)
    return frame.drop(unnamed)


def _column_letters(number: int) -> str:
    """Name of a column in spreadsheets: A is the first, AA the 27th."""
    above, last = divmod(number - 1, 26)
    return (_column_letters(above) if above else "") + chr(ord("A") + last)


def _read_header(shape: TableShape, content: bytes, opening: _Opening) -> tuple[list[str], str]:
    """Column names, and the separator with which the header has all required ones. Raises 400 if there is none."""
    line = content.partition(b"\n")[0].decode().rstrip("\r")
    for separator in opening.separators:
        names = [_normalise_name(shape, cell) for cell in _split_line(line, separator)]
        if set(names) >= shape.required:
            return _check_names(shape, names, opening.header_row), separator
    params, row = shape.params(";"), opening.header_row
    raise Problem(400, "header_unknown", params, [FieldError(f"/rows/{row}", "header_unknown", params, row)])


def _split_line(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), list[str]())
    except csv.Error:
        # A carriage return inside the line, or a cell of more than 128 KiB: not a header of this table.
        return []


def _normalise_name(shape: TableShape, cell: str) -> str:
    plain = unicodedata.normalize("NFC", cell).strip().lower().translate(str.maketrans("ąćęłńóśźż", "acelnoszz"))
    return shape.aliases.get(plain, plain)


def _check_names(shape: TableShape, names: list[str], row: int) -> list[str]:
    errors = [
        FieldError(f"/rows/{row}/{number}", "column_unknown", {"number": str(number)}, row)
        for number, name in enumerate(names, 1)
        if name and name not in shape.columns
    ]
    errors += [
        FieldError(f"/rows/{row}/{name}", "column_repeated", {"column": name}, row, name)
        for name in shape.columns
        if names.count(name) > 1
    ]
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)
    return [name or f"{_UNNAMED}{number}" for number, name in enumerate(names, 1)]
