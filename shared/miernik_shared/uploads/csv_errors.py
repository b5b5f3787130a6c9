"""Errors of all malformed rows of a CSV file at once. Slow, so it runs only for files that the fast parser rejects.

For a CSV parser an unclosed quote extends to the end of the file, and it reports the row at which it stopped. Here such
a cell ends with its line, so that the row of the opening quote is reported, with the malformed rows before and after.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.limits import FINDINGS, SHOWN

# The possessive quantifier prevents backtracking: a quoted cell matches to its end or not at all.
_CELL = rb'(?:(?P<quoted>"(?:[^"]+|"")*+")|[^%b\n]*)(?P<end>%b|\r?\n|\r?\Z)'


FaultyRow = tuple[int, int, bool]
"""Number, cells and open quote of a malformed row. Millions may be found, of which the hundred shown become errors."""


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """Row as a spreadsheet shows it, which may be several lines of the file."""

    row: int
    text: bytes
    cells: int
    open_quote: bool
    """Whether a quote is opened and not closed, or the row has an unpaired one."""

    def is_faulty(self, width: int, separator: bytes) -> bool:
        """Whether a quote is open, or the row has another number of cells than ``width``, not all of them empty."""
        if self.open_quote:
            return True
        return self.cells != width and bool(self.text.replace(separator, b"").decode().strip())


@dataclass(frozen=True, slots=True)
class CsvFaults:
    """Malformed rows of a table of ``width`` columns and ``row_count`` rows with its header.

    ``cut_off_row`` is the last row if it was cut off.
    """

    faulty: list[FaultyRow]
    width: int
    cut_off_row: int | None
    row_count: int
    texts: list[tuple[int, list[str]]] = field(default_factory=list[tuple[int, list[str]]])
    """Rows with more cells than the header, as they stand in the file: the parser drops the surplus."""
    is_complete: bool = True
    """False if the search ended early: of a file with thousands of open quotes no row is certain anyway."""

    def without(self, rows: Container[int]) -> "CsvFaults":
        """Faults of other rows than these. Unclosed quotes are faults of every row."""
        return replace(self, faulty=[one for one in self.faulty if one[2] or one[0] not in rows])

    @property
    def has_open_quotes(self) -> bool:
        """Whether a quote is not closed, so that rows and cells are uncertain."""
        return any(open_quote for _, _, open_quote in self.faulty)

    def refuse(self) -> None:
        """Raise 400 with the first faults, if there are any."""
        if not self.faulty:
            return
        shown = [build_row_error(one, self.width) for one in self.faulty[:SHOWN]]
        if self.cut_off_row is not None and self.faulty[-1][0] == self.cut_off_row:
            raise Problem(400, "file_truncated", {"row": str(self.cut_off_row)}, shown)
        count = str(len(self.faulty)) + ("" if self.is_complete else "+")
        raise Problem(400, "rows_malformed", {"count": count}, shown)


def build_row_error(fault: FaultyRow, width: int) -> FieldError:
    """Error of a malformed row in a table of ``width`` columns."""
    row, cells, open_quote = fault
    place, params = f"/rows/{row}", {"row": str(row)}
    if open_quote:
        return FieldError(place, "quote_not_closed", params, row)
    return FieldError(place, "row_width", params | {"cells": str(cells), "expected": str(width)}, row)


def find_csv_faults(content: bytes, separator: str, width: int, header_row: int) -> CsvFaults:
    """Rows of another width than the header or with unclosed quotes.

    ``content`` is UTF-8 and begins with the header, which is row ``header_row``.
    """
    mark = separator.encode()
    if b'"' not in content:
        return _find_faults_of_lines(content, mark, width, header_row)
    faulty: list[FaultyRow] = []
    texts: list[tuple[int, list[str]]] = []
    last = None
    for last in split_records(content, mark, header_row):
        if last.is_faulty(width, mark):
            faulty.append((last.row, last.cells, last.open_quote))
            if last.open_quote and len(faulty) >= FINDINGS:
                return CsvFaults(faulty, width, None, last.row - header_row + 1, texts, is_complete=False)
        if last.cells > width:
            texts.append((last.row, [last.text.decode()]))
    is_cut_off = last is not None and not content.endswith(b"\n") and (last.open_quote or last.cells < width)
    rows = last.row - header_row + 1 if last is not None else 0
    return CsvFaults(faulty, width, last.row if last is not None and is_cut_off else None, rows, texts)


def _find_faults_of_lines(content: bytes, mark: bytes, width: int, header_row: int) -> CsvFaults:
    """Faults of a file without quotes, in which each line is a row: no object per row that is sound."""
    lines = content.removesuffix(b"\n").split(b"\n")
    odd = [
        (row, line.count(mark) + 1, line) for row, line in enumerate(lines, header_row) if line.count(mark) != width - 1
    ]
    faulty = [(row, cells, False) for row, cells, line in odd if line.replace(mark, b"").decode().strip()]
    texts = [(row, [line.decode()]) for row, cells, line in odd if cells > width]
    is_cut_off = not content.endswith(b"\n") and lines[-1].count(mark) + 1 < width
    return CsvFaults(faulty, width, header_row + len(lines) - 1 if is_cut_off else None, len(lines), texts)


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
