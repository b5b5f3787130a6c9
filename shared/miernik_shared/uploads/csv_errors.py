"""Errors of all malformed rows of a CSV file at once. Slow, so it runs only for files that the fast parser rejects.

For a CSV parser an unclosed quote extends to the end of the file, and it reports the row at which it stopped. Here such
a cell ends with its line, so that the row of the opening quote is reported, with the malformed rows before and after.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from miernik_shared.problems import FieldError, Problem

_SHOWN_FAULTS = 100
# The possessive quantifier prevents backtracking: a quoted cell matches to its end or not at all.
_CELL = rb'(?:(?P<quoted>"(?:[^"]+|"")*+")|[^%b\n]*)(?P<end>%b|\r?\n|\r?\Z)'


@dataclass(frozen=True, slots=True)
class CsvRecord:
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


@dataclass(frozen=True, slots=True)
class CsvFaults:
    """Malformed rows of a file of ``row_count`` rows with its header, and whether the last one was cut off."""

    faulty: list[FieldError]
    cut_off_row: int | None
    row_count: int
    texts: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])
    """Rows with more cells than the header, as they stand in the file: the parser drops the surplus."""

    def without(self, rows: Container[int]) -> "CsvFaults":
        """Faults of other rows than these. Unclosed quotes are faults of every row."""
        faulty = [one for one in self.faulty if one.code != "row_width" or one.row is None or one.row not in rows]
        return CsvFaults(faulty, self.cut_off_row, self.row_count, self.texts)

    @property
    def has_open_quotes(self) -> bool:
        """Whether a quote is not closed, so that rows and cells are uncertain."""
        return any(one.code == "quote_not_closed" for one in self.faulty)

    def refuse(self) -> None:
        """Raise 400 with the faults, if there are any."""
        if not self.faulty:
            return
        shown = self.faulty[:_SHOWN_FAULTS]
        if self.cut_off_row is not None and self.faulty[-1].row == self.cut_off_row:
            raise Problem(400, "file_truncated", {"row": str(self.cut_off_row)}, shown)
        raise Problem(400, "rows_malformed", {"count": str(len(self.faulty))}, shown)


def find_csv_faults(content: bytes, separator: str, width: int, header_row: int) -> CsvFaults:
    """Rows of another width than the header or with unclosed quotes.

    ``content`` is UTF-8 and begins with the header, which is row ``header_row``.
    """
    faulty: list[FieldError] = []
    texts: list[tuple[int, list[str]]] = []
    last = None
    for last in split_records(content, separator.encode(), header_row):
        if fault := last.fault(width, separator):
            faulty.append(fault)
        if last.cells > width:
            texts.append((last.row, [last.text.decode()]))
    is_cut_off = last is not None and not content.endswith(b"\n") and (last.open_quote or last.cells < width)
    rows = last.row - header_row + 1 if last is not None else 0
    return CsvFaults(faulty, last.row if last is not None and is_cut_off else None, rows, texts)


def split_records(content: bytes, separator: bytes, row: int) -> Iterator[CsvRecord]:
    """Yield the rows of a CSV file, numbered from ``row``. An unclosed quote ends with its line."""
    mark = re.escape(separator)
    cell = re.compile(_CELL % (mark, mark))
    start = 0
    while start < len(content):
        line_end = content.find(b"\n", start)
        end = len(content) if line_end < 0 else line_end + 1
        cells, open_quote = content.count(separator, start, end) + 1, False
        if content.find(b'"', start, end) >= 0:
            cells, open_quote, end = _scan_quoted_row(cell, content, start)
        yield CsvRecord(row, content[start:end], cells, open_quote)
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
