"""Tables as CSV: the header tells the separator, and polars reads the cells, which makes no object of a row."""

import csv
import io
import unicodedata
from collections import Counter

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape, numbered
from miernik_shared.uploads.csv_faults import csv_problem

_SEPARATORS = (";", "\t", ",")
_FIRST_ROW = 2
"""Number of the first row of data, as a spreadsheet shows it: the header is row 1."""


def read_csv(shape: TableShape, content: bytes) -> pl.DataFrame:
    """Rows as a spreadsheet numbers them; ``content`` is UTF-8. Raises 400 for what cannot be read, 422 for columns
    that are not those of the shape."""
    if content.endswith((b"\n", b"\r")):
        # Blank lines at the end are the editor's, not the sender's; within the file they are findings.
        content = content.rstrip(b"\r\n") + b"\n"
    header, separator = _header(shape, content)
    if b"\x00" in content:
        raise Problem(400, "content_not_text")
    frame = _cells(content, separator, len(header))
    frame.columns = header
    return numbered(frame.fill_null(""), _FIRST_ROW)


def _cells(content: bytes, separator: str, width: int) -> pl.DataFrame:
    """All cells as text. Raises 400 for rows of another width and for quotes that are not closed."""
    # Of a last line without an end polars would pass over a cell too many.
    lines = content if content.endswith(b"\n") else content + b"\n"
    try:
        frame = pl.read_csv(lines, separator=separator, infer_schema=False, has_header=True)
    except pl.exceptions.PolarsError as error:
        raise csv_problem(content, separator, width) or Problem(400, "rows_malformed", {"count": "–"}) from error
    if not _is_regular(content, separator, frame) and (problem := csv_problem(content, separator, width)):
        raise problem
    return frame


def _is_regular(content: bytes, separator: str, frame: pl.DataFrame) -> bool:
    """Whether surely each row has as many cells as the header and no quote is left open. Of itself polars refuses only
    rows with more cells."""
    if b'"' not in content:
        return content.count(separator.encode()) == (frame.height + 1) * (frame.width - 1)
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True)
    try:
        rows = Counter(map(len, reader))
    except csv.Error:
        return False
    # From a quote that is left open on, polars reads several rows as one.
    return content.count(b'"') % 2 == 0 and rows == {frame.width: frame.height + 1}


def _header(shape: TableShape, content: bytes) -> tuple[list[str], str]:
    """Column names and the separator: the one that makes known names of the first line."""
    line = content.partition(b"\n")[0].decode().rstrip("\r")
    for separator in _SEPARATORS:
        names = [_column_name(shape, cell) for cell in _cells_of(line, separator)]
        if set(names) >= shape.required:
            return _checked_names(shape, names), separator
    params = shape.params(";")
    raise Problem(400, "header_unknown", params, [FieldError("/rows/1", "header_unknown", params, 1)])


def _cells_of(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), list[str]())
    except csv.Error:
        # A line end of another kind within the line, or a cell of more than 128 KiB: no header of ours.
        return []


def _column_name(shape: TableShape, cell: str) -> str:
    plain = unicodedata.normalize("NFC", cell).strip().lower().translate(str.maketrans("ąćęłńóśźż", "acelnoszz"))
    return shape.aliases.get(plain, plain)


def _checked_names(shape: TableShape, names: list[str]) -> list[str]:
    errors = [
        FieldError(f"/rows/1/{number}", "column_unknown", {"number": str(number)}, 1)
        for number, name in enumerate(names, 1)
        if name not in shape.columns
    ]
    errors += [
        FieldError(f"/rows/1/{name}", "column_repeated", {"column": name}, 1, name)
        for name in shape.columns
        if names.count(name) > 1
    ]
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)
    return names
