"""Parsing of an upload (CSV, NDJSON or JSON) to a table of text. Validates its columns, not the content of cells."""

from dataclasses import dataclass, field
from email.message import Message

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import RowsByColumn, TableShape
from miernik_shared.uploads.csv_rows import read_csv
from miernik_shared.uploads.json_rows import JsonTable, read_json, read_ndjson


@dataclass(frozen=True, slots=True)
class RawTable:
    """Cells as text, ``null`` for a JSON null; ``row_no`` counts rows as the sender's program does.

    ``absent`` are the rows of a JSON document without a column's key, whose cells are ``null`` too.
    ``wrong_types`` are the rows whose cell is neither a text nor a number: a list, an object, true or false.
    ``exact`` is true for JSON, whose numbers have one notation; the notation of a CSV file is declared by the endpoint.
    """

    frame: pl.DataFrame
    exact: bool
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
    if media_type == "text/csv":
        return RawTable(read_csv(shape, _to_utf8(content, charset)), exact=False)
    if media_type in ("application/x-ndjson", "application/jsonl"):
        return _from_json(read_ndjson(shape, _to_utf8(content, None)))
    if media_type == "application/json":
        return _from_json(read_json(shape, content))
    raise Problem(415, "media_type_not_taken")


def _from_json(table: JsonTable) -> RawTable:
    return RawTable(table.frame, exact=True, absent=table.absent, wrong_types=table.wrong_types)


def _to_utf8(content: bytes, charset: str | None) -> bytes:
    """Transcode to UTF-8 without a byte order mark. An undeclared encoding is not guessed. Raises 400 and 415."""
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
