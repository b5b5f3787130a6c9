"""Recognition of files that are no text by their first bytes, so that a refusal can name what was sent."""

import re

from miernik_shared.problems import Problem

_ZIP = b"PK\x03\x04"
_SEARCHED = 4096
# What is inside of a ZIP, by a name that stands near its beginning.
_ZIPPED = (
    (b"xl/", "XLSX"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ODS"),
    (b"word/", "DOCX"),
    (b"ppt/", "PPTX"),
    (b"application/vnd.oasis.opendocument.text", "ODT"),
)
_SIGNATURES = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
    (b"\x09\x08\x10\x00\x00\x06\x05\x00", "XLS"),
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"PK\x05\x06", "ZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"{\\rtf", "RTF"),
)
# Pages and XML that programs save under the name of a spreadsheet.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)*\s*<(?P<name>[!?]?[A-Za-z][\w:-]*)")
_HTML = frozenset((b"!doctype", b"html", b"head", b"body", b"table", b"meta"))


def recognise_format(content: bytes) -> str | None:
    """Name of the format of a file that is no table as text: ``XLSX``, ``PDF``; ``None`` if it may be one."""
    if content.startswith(_ZIP):
        start = content[:_SEARCHED]
        # The names of all parts also stand in the directory at the end.
        end = content[-_SEARCHED:]
        return next((name for mark, name in _ZIPPED if mark in start or mark in end), "ZIP")
    for signature, name in _SIGNATURES:
        if content.startswith(signature):
            return name
    if markup := _MARKUP.match(content):
        return "HTML" if markup["name"].lower() in _HTML else "XML"
    return None


def refuse_other_format(content: bytes, accepted: str) -> None:
    """Raise 415 for a file in a recognised format other than text. ``accepted`` names what the address takes."""
    if found := recognise_format(content):
        raise Problem(415, "content_in_other_format", {"format": found, "accepted": accepted})
