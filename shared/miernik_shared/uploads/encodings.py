"""Transcoding of uploads to UTF-8: byte order marks, UTF-16 and UTF-32 as programs save them, declared charsets."""

import codecs
import re

from miernik_shared.problems import FieldError, Problem

_MARK = codecs.BOM_UTF8
# A UTF-32 mark begins with that of UTF-16, so it comes first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE = ("windows-1250", "cp1250", "x-cp1250", "iso-8859-2", "iso8859-2", "latin2")
_WIDE = ("utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be")
_DECLARABLE = frozenset((*_SINGLE_BYTE, *_WIDE))
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_PROBED = 400
# Letters that differ between the two encodings of Polish: ą, ś, ź, Ą, Ś, Ź.
_OF_WINDOWS = re.compile(b"[\x9c\x9f\xb9\x8c\x8f\xa5]")
_OF_ISO = re.compile(b"[\xb6\xbc\xb1\xa6\xac\xa1]")
_UNDEFINED_IN_WINDOWS = re.compile(b"[\x81\x83\x88\x90\x98]")


def decode_to_utf8(content: bytes, charset: str | None, *, is_json: bool = False) -> bytes:
    """Transcode to UTF-8 without byte order marks. A mark is believed before the declared charset.

    UTF-16 and UTF-32 are recognised without a mark, too, by their zero bytes; no other undeclared encoding is guessed.
    Raises 400 for another encoding than the declared one, 415 for a charset that is not accepted.
    """
    found = recognise_wide_encoding(content)
    if found is None and content.startswith(_MARK):
        found = "utf-8"
    encoding = found or (charset or "utf-8").lower()
    if encoding not in _UTF8:
        content = _transcode(content, encoding, declared=found is None)
    while content.startswith(_MARK):
        content = content.removeprefix(_MARK)
    _require_utf8(content, is_json=is_json)
    return content


def recognise_wide_encoding(content: bytes) -> str | None:
    """Name of UTF-16 or UTF-32, recognised by its mark or its zero bytes; ``None`` for another encoding."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    probe = content[:_PROBED]
    if b"\x00" not in probe or len(probe) < 4:
        return None
    # ASCII, of which headings and JSON mostly consist, has zeros in all bytes but one of each character.
    zeros = [probe[place::4].count(0) * 4 / len(probe) for place in range(4)]
    patterns = {
        "utf-32-le": (0, 1, 1, 1),
        "utf-32-be": (1, 1, 1, 0),
        "utf-16-le": (0, 1, 0, 1),
        "utf-16-be": (1, 0, 1, 0),
    }
    for name, expected in patterns.items():
        if all((share > 0.6) if zero else (share < 0.1) for share, zero in zip(zeros, expected, strict=True)):
            return name
    return None


def _transcode(content: bytes, encoding: str, *, declared: bool) -> bytes:
    known = encoding in _DECLARABLE or encoding.startswith(("utf-16-", "utf-32-"))
    if not known:
        raise Problem(415, "charset_not_taken", {"charset": encoding[:40]})
    try:
        return content.decode("cp1250" if encoding == "x-cp1250" else encoding).encode()
    except UnicodeError as error:
        code = "encoding_not_as_declared" if declared else "encoding_broken"
        raise Problem(400, code, {"charset": encoding[:40]}) from error


def _require_utf8(content: bytes, *, is_json: bool) -> None:
    """Raise 400 with the first row that is not UTF-8, and with an encoding that the file may be in."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = str(content.count(b"\n", 0, error.start) + 1)
        params, code = {"row": row}, "json_not_utf8"
        if not is_json:
            likely = _guess_charset(content)
            code = "encoding_wrong" if likely else "encoding_unknown"
            params |= {"charset": likely} if likely else {}
        fault = FieldError(f"/rows/{row}", code, params, int(row))
        raise Problem(400, code, params, [fault]) from error


def _guess_charset(content: bytes) -> str | None:
    """Charset to advise for a file in another encoding than UTF-8; ``None`` if none that is accepted fits."""
    windows, iso = len(_OF_WINDOWS.findall(content)), len(_OF_ISO.findall(content))
    if iso > windows:
        return "iso-8859-2"
    return None if _UNDEFINED_IN_WINDOWS.search(content) else "windows-1250"
