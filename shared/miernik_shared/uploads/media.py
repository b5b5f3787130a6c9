"""Parsing of an upload (CSV, NDJSON or JSON) to a table of text. Validates its columns, not the content of cells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message

import polars as pl

from miernik_shared.problems import Problem
from miernik_shared.uploads.columns import RowsByColumn, TableShape
from miernik_shared.uploads.csv_rows import read_csv
from miernik_shared.uploads.encodings import decode_to_utf8
from miernik_shared.uploads.first_bytes import recognise_format, refuse_other_format
from miernik_shared.uploads.json_rows import JsonTable, read_json, read_ndjson
from miernik_shared.uploads.reading_account import Reading
from miernik_shared.uploads.spreadsheet_marks import remove_text_marks

# What programs call a CSV file; the first is what Windows calls it where Excel is installed.
_CSV = frozenset((
    "text/csv", "application/vnd.ms-excel", "application/csv", "application/x-csv", "text/x-csv",
    "text/comma-separated-values", "text/tab-separated-values",
))  # fmt: skip
_NDJSON = frozenset(("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"))
ACCEPTED = "text/csv, application/x-ndjson, application/json"
"""Media types of an uploaded table, as refusals name them; further names of them are accepted."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """Cells as text, ``null`` for a JSON null; ``row_no`` counts rows as the sender's program does.

    ``absent`` are the rows of a JSON document without a column's key, whose cells are ``null`` too.
    ``wrong_types`` are the rows whose cell is neither a text nor a number: a list, an object, true or false.
    ``exact`` is true for JSON, whose numbers have one notation. ``reading`` says what was passed over, and ``findings``
    are about that.
    """

    frame: pl.DataFrame
    exact: bool
    reading: Reading = field(default_factory=Reading)
    findings: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    absent: RowsByColumn = field(default_factory=dict[str, list[int]])
    wrong_types: RowsByColumn = field(default_factory=dict[str, list[int]])


def declared_media_type(content_type: str) -> tuple[str, str | None]:
    """Media type and charset of a ``Content-Type``; the media type of an empty header is "", not plain text."""
    message = Message()
    message["content-type"] = content_type
    charset = message.get_param("charset")
    return message.get_content_type() if content_type else "", charset if isinstance(charset, str) else None


def read_table(shape: TableShape, content: bytes, media_type: str, charset: str | None) -> RawTable:
    """Parse an upload.

    Raises 400 for malformed content, 415 for an unsupported media type or charset, 422 for columns other than those of
    the shape.
    """
    if media_type in _CSV:
        refuse_other_format(content, ACCEPTED)
        return _read_csv(shape, decode_to_utf8(content, charset))
    if media_type in _NDJSON or media_type == "application/json":
        refuse_other_format(content, ACCEPTED)
        read = read_ndjson if media_type in _NDJSON else read_json
        return _read_json(shape, decode_to_utf8(content, charset, is_json=True), read)
    found = recognise_format(content)
    if found:
        raise Problem(415, "content_in_other_format", {"format": found, "accepted": ACCEPTED})
    raise Problem(415, "media_type_not_taken", {"accepted": ACCEPTED})


def _read_csv(shape: TableShape, content: bytes) -> RawTable:
    table = read_csv(shape, content)
    return RawTable(_clean(shape, content, table.frame), False, table.reading, table.findings)


def _read_json(shape: TableShape, content: bytes, read: Callable[[TableShape, bytes], JsonTable]) -> RawTable:
    table = read(shape, content)
    frame = _clean(shape, content, table.frame)
    return RawTable(frame, True, table.reading, table.findings, table.absent, table.wrong_types)


def _clean(shape: TableShape, content: bytes, frame: pl.DataFrame) -> pl.DataFrame:
    """Remove the marks of spreadsheets, which most files do not contain."""
    return remove_text_marks(shape, frame) if b"'" in content or b"=" in content else frame
