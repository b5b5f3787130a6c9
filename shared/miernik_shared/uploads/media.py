"""From the bytes of an upload to a table of text: CSV, NDJSON and JSON. Judges the shape only, not the content."""

import csv
import io
import unicodedata
from dataclasses import dataclass
from email.message import Message

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape, numbered
from miernik_shared.uploads.json_rows import read_json, read_ndjson

SEPARATORS = (";", "\t", ",")
FIRST_ROW = 2
"""Number of the first row of data of a CSV file, as a spreadsheet shows it: the header is row 1."""
_SHOWN_RAGGED_ROWS = 100


@dataclass(frozen=True, slots=True)
class RawTable:
    """All cells as text, ``null`` where a JSON document says null; ``row_no`` as the sender's program counts.

    ``exact`` is true for JSON, whose numbers have one notation; a CSV file has that which its reader declares.
    """

    frame: pl.DataFrame
    exact: bool


def declared_media_type(content_type: str) -> tuple[str, str | None]:
    """Media type and charset of a ``Content-Type``; nothing declared is no media type, not that of plain text."""
    message = Message()
    message["content-type"] = content_type
    charset = message.get_param("charset")
    return message.get_content_type() if content_type else "", charset if isinstance(charset, str) else None


def read_table(shape: TableShape, content: bytes, media_type: str, charset: str | None) -> RawTable:
    """Reads an upload. Raises 400 for what cannot be parsed, 415 for a media type that is not taken, 422 for columns
    that are not those of the shape."""
    if media_type == "text/csv":
        return RawTable(_read_csv(shape, _to_utf8(content, charset)), exact=False)
    if media_type in ("application/x-ndjson", "application/jsonl"):
        return RawTable(read_ndjson(shape, _to_utf8(content, None)), exact=True)
    if media_type == "application/json":
        return RawTable(read_json(shape, content), exact=True)
    raise Problem(415, "media_type_not_taken")


def _to_utf8(content: bytes, charset: str | None) -> bytes:
    """The content in UTF-8 without a byte order mark. An undeclared encoding is never guessed."""
    if content[:2] == b"\xff\xfe" and charset is None:
        charset = "utf-16"
    if charset and charset.lower() not in ("utf-8", "utf8"):
        return _transcode(content, charset)
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        fault = FieldError(f"/rows/{row}", "encoding_wrong", {"row": str(row)}, row)
        raise Problem(400, "encoding_wrong", {"row": str(row)}, [fault]) from error
    return content


def _transcode(content: bytes, charset: str) -> bytes:
    if charset.lower() not in ("windows-1250", "cp1250", "iso-8859-2", "utf-16", "utf-16le"):
        raise Problem(415, "charset_not_taken", {"charset": charset[:40]})
    try:
        return content.decode(charset).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise Problem(400, "encoding_not_as_declared", {"charset": charset[:40]}) from error


def _read_csv(shape: TableShape, content: bytes) -> pl.DataFrame:
    if content.endswith((b"\n", b"\r")):
        # Blank lines at the end are the editor's, not the sender's; within the file they are findings.
        content = content.rstrip(b"\r\n") + b"\n"
    header, separator = _header(shape, content)
    if b"\x00" in content:
        raise Problem(400, "content_not_text")
    try:
        frame = pl.read_csv(content, separator=separator, infer_schema=False, has_header=True)
    except pl.exceptions.PolarsError as error:
        raise _csv_problem(content, separator, len(header)) from error
    if _is_ragged(content, separator, frame):
        raise _csv_problem(content, separator, len(header))
    frame.columns = header
    return numbered(frame.fill_null(""), FIRST_ROW)


def _is_ragged(content: bytes, separator: str, frame: pl.DataFrame) -> bool:
    """Whether some row has fewer cells than the header; the reader itself refuses rows with more."""
    if b'"' in content:
        return bool(_ragged_rows(content, separator, frame.width))
    return content.count(separator.encode()) != (frame.height + 1) * (frame.width - 1)


def _header(shape: TableShape, content: bytes) -> tuple[list[str], str]:
    """Column names and the separator: the one that makes known names of the first line."""
    line = content.partition(b"\n")[0].decode().rstrip("\r")
    for separator in SEPARATORS:
        names = [_column_name(shape, cell) for cell in _cells(line, separator)]
        if set(names) >= shape.required:
            return _checked_names(shape, names), separator
    params = shape.params(";")
    raise Problem(400, "header_unknown", params, [FieldError("/rows/1", "header_unknown", params, 1)])


def _cells(line: str, separator: str) -> list[str]:
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


def _csv_problem(content: bytes, separator: str, width: int) -> Problem:
    ragged = _ragged_rows(content, separator, width)
    errors = [
        FieldError(f"/rows/{row}", "row_width", {"cells": str(cells), "expected": str(width)}, row)
        for row, cells in ragged[:_SHOWN_RAGGED_ROWS]
    ]
    last = content.count(b"\n") + 1
    if ragged and ragged[-1][0] >= last and ragged[-1][1] < width:
        return Problem(400, "file_truncated", {"row": str(last)}, errors)
    return Problem(400, "rows_malformed", {"count": str(len(ragged))}, errors)


def _ragged_rows(content: bytes, separator: str, width: int) -> list[tuple[int, int]]:
    """Number and cell count of the rows with another number of cells than the header. Slow: only for bad files and
    for files with quotes."""
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, int]] = []
    try:
        rows += [(reader.line_num, len(cells)) for cells in reader if len(cells) != width]
    except csv.Error:
        rows.append((reader.line_num, 0))
    return rows
