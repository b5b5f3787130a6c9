"""Errors of all malformed rows of a CSV file at once. Slow, so it runs only for files that the fast parser rejects.

For a CSV parser an unclosed quote extends to the end of the file, and it reports the row at which it stopped. Here such
a cell ends with its line, so that the row of the opening quote is reported, with the malformed rows before and after.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from miernik_shared.problems import FieldError, Problem

_SHOWN_FAULTS = 100
# The possessive quantifier prevents backtracking: a quoted cell matches to its end or not at all.
_CELL = rb'(?:(?P<quoted>"(?:[^"]+|"")*+")|[^%b\n]*)(?P<end>%b|\r?\n|\r?\Z)'


@dataclass(frozen=True, slots=True)
class _Record:
    """Row as a spreadsheet shows it, which may be several lines of the file."""

    row: int
    text: bytes
    cells: int
    open_quote: bool
    """Whether a quote is opened and not closed, or the row has an unpaired one."""

    def fault(self, width: int, separator: str) -> FieldError | None:
        """Error of the row in a table of ``width`` columns; ``None`` if it is sound or empty."""
        place, params = f"/rows/{self.row}", {"row": str(self.row)}
        if self.open_quote:
            return FieldError(place, "quote_not_closed", params, self.row)
        if self.cells == width or not self.text.decode().replace(separator, "").strip():
            return None
        return FieldError(place, "row_width", params | {"cells": str(self.cells), "expected": str(width)}, self.row)


def find_csv_problem(content: bytes, separator: str, width: int, header_row: int) -> Problem | None:
    """Problem (400) of a file with rows of another width than the header or with unclosed quotes; ``None`` if sound.

    ``content`` is UTF-8 and begins with the header, which is row ``header_row``.
    """
    faulty: list[FieldError] = []
    last = None
    for last in _split_records(content, separator.encode(), header_row):
        if fault := last.fault(width, separator):
            faulty.append(fault)
    if last is None or not faulty:
        return None
    unfinished = faulty[-1].row == last.row and (last.open_quote or last.cells < width)
    if unfinished and not content.endswith(b"\n"):
        return Problem(400, "file_truncated", {"row": str(last.row)}, faulty[:_SHOWN_FAULTS])
    return Problem(400, "rows_malformed", {"count": str(len(faulty))}, faulty[:_SHOWN_FAULTS])


def _split_records(content: bytes, separator: bytes, row: int) -> Iterator[_Record]:
    mark = re.escape(separator)
    cell = re.compile(_CELL % (mark, mark))
    start = 0
    while start < len(content):
        line_end = content.find(b"\n", start)
        end = len(content) if line_end < 0 else line_end + 1
        cells, open_quote = content.count(separator, start, end) + 1, False
        if content.find(b'"', start, end) >= 0:
            cells, open_quote, end = _scan_quoted_row(cell, content, start)
        yield _Record(row, content[start:end], cells, open_quote)
        start, row = end, row + 1


def _scan_quoted_row(cell: re.Pattern[bytes], content: bytes, start: int) -> tuple[int, bool, int]:
    """Number of cells of the row at ``start``, whether a quote is left open in it, and the offset of the next row."""
    cells, loose_quotes, left_open, end = 0, 0, False, start
    for found in cell.finditer(content, start):
        cells, end = cells + 1, found.end()
        if found["quoted"] is None:
            # Pairs of quotes inside of an unquoted text are text, as in spreadsheets.
            loose_quotes += found.group().count(b'"')
            left_open |= found.group().startswith(b'"')
        last = found["end"][-1:] in (b"\n", b"\r", b"")
        left_open |= loose_quotes % 2 == 1 and (last or b"\n" in found.group())
        if last:
            break
    return cells, left_open, end
