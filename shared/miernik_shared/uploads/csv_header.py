"""Search for the header of a CSV file: titles may stand above it, and its cells may contain line breaks."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape
from miernik_shared.uploads.csv_errors import CsvRecord, split_records
from miernik_shared.uploads.headings import Headings, show_heading
from miernik_shared.uploads.limits import COLUMNS, HEADER_BYTES, line_too_long, refuse_too_many_columns
from miernik_shared.uploads.row_kinds import is_identifier

SEARCHED_ROWS = 50
"""Number of rows from the beginning of a file among which its header is looked for."""
_SHOWN_HEADINGS = 30


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """Header of a file. ``cells`` are its headings as written, ``above`` the rows before it with their row numbers.

    ``end`` is the offset of the first byte after it.
    """

    separator: str
    row: int
    cells: list[str]
    above: list[tuple[int, list[str]]]
    end: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Row that may be the header, and how many of our columns it names."""

    header: CsvHeader
    recognised: frozenset[str]
    open_quote: bool
    width: int


def find_header(
    shape: TableShape, headings: Headings, content: bytes, separators: Sequence[str], first_row: int
) -> CsvHeader:
    """Find the row that names the most of our columns, all required ones among them; the first of several.

    Raises 400 if no row does, and 422 if a row above it looks like data.
    """
    start = _cut_opening(content, first_row)
    candidates = [one for separator in separators for one in _list_candidates(headings, start, separator, first_row)]
    complete = [one for one in candidates if one.recognised >= shape.required]
    if not complete:
        widest = max(candidates, key=lambda one: one.width, default=None)
        if widest:
            refuse_too_many_columns(widest.width, widest.header.row)
        raise _describe_unknown_header(shape, headings, candidates, first_row)
    best = max(complete, key=lambda one: len(one.recognised))
    if best.open_quote:
        row = best.header.row
        error = FieldError(f"/rows/{row}", "quote_not_closed", {"row": str(row)}, row)
        raise Problem(400, "rows_malformed", {"count": "1"}, [error])
    _refuse_data_above(shape, headings, best.header)
    return best.header


def _cut_opening(content: bytes, first_row: int) -> bytes:
    """Whole lines from the beginning of a file among which its header is. Raises 422 if the first one is too long."""
    if len(content) <= HEADER_BYTES:
        return content
    end = content.rfind(b"\n", 0, HEADER_BYTES) + 1
    if end == 0:
        raise line_too_long(first_row)
    return content[:end]


def _list_candidates(headings: Headings, content: bytes, separator: str, first_row: int) -> list[_Candidate]:
    found: list[_Candidate] = []
    above: list[tuple[int, list[str]]] = []
    end = 0
    for record in split_records(content, separator.encode(), first_row):
        if record.row >= first_row + SEARCHED_ROWS:
            break
        cells, end = _split_cells(record, separator), end + len(record.text)
        recognised = frozenset(column for cell in cells if (column := headings.find(cell)))
        header = CsvHeader(separator, record.row, cells, list(above), end)
        found.append(_Candidate(header, recognised, record.open_quote, record.cells))
        above.append((record.row, cells))
    return found


def _split_cells(record: CsvRecord, separator: str) -> list[str]:
    if record.cells > COLUMNS:
        return []
    text = record.text.decode().removesuffix("\n").removesuffix("\r")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), list[str]())
    except csv.Error:
        # A carriage return inside the line, or a cell of more than 128 KiB: not a header of this table.
        return []


def _refuse_data_above(shape: TableShape, headings: Headings, header: CsvHeader) -> None:
    """Raise 422 for rows above the header that look like data: a sheet may have been sorted with its header."""
    columns = [headings.find(cell) for cell in header.cells]
    place = columns.index(shape.identifier)
    own = [number for number, column in enumerate(columns) if column]
    errors: list[FieldError] = []
    for row, cells in header.above:
        filled = sum(1 for number in own if number < len(cells) and cells[number].strip())
        if place < len(cells) and is_identifier(cells[place]) and 2 * filled >= len(own):
            params = {"row": str(row), "header": str(header.row)}
            errors.append(FieldError(f"/rows/{row}", "data_above_header", params, row))
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)


def _describe_unknown_header(
    shape: TableShape, headings: Headings, candidates: Sequence[_Candidate], first_row: int
) -> Problem:
    """Problem that names the missing columns and the headings that were not recognised, one error for each cause."""
    params = shape.params(";")
    likely = max(candidates, key=_rate_candidate, default=None)
    row = likely.header.row if likely else first_row
    recognised = likely.recognised if likely else frozenset[str]()
    missing = [name for name in shape.columns if name in shape.required and name not in recognised]
    place = f"/rows/{row}"
    errors = [FieldError(f"{place}/{name}", "column_missing", {"column": name}, row, name) for name in missing]
    strange = [cell for cell in likely.header.cells if cell.strip() and not headings.find(cell)] if likely else []
    if strange:
        shown = " | ".join(show_heading(cell) for cell in strange[:_SHOWN_HEADINGS])
        more = {"headings": shown + (" | …" if len(strange) > _SHOWN_HEADINGS else ""), "row": str(row)}
        errors.append(FieldError(place, "headings_unknown", more, row))
    if likely:
        errors += list_misspelt(headings, likely.header.cells, recognised, row)
    return Problem(400, "header_unknown", params | {"searched": str(SEARCHED_ROWS)}, errors)


def _rate_candidate(candidate: _Candidate) -> tuple[int, int, int]:
    """Order of candidates without all required columns: by ours among them, by texts, and the first."""
    cells = candidate.header.cells
    texts = sum(1 for cell in cells if any(map(str.isalpha, cell)))
    return len(candidate.recognised), texts, -candidate.header.row


def list_misspelt(headings: Headings, cells: Sequence[str], present: frozenset[str], row: int) -> list[FieldError]:
    """Errors for headings that probably are misspellings of ours."""
    return [
        build_misspelt_error(f"/rows/{row}/{number}", row, cell, meant)
        for number, cell in enumerate(cells, 1)
        if not headings.find(cell) and (meant := headings.suggest(cell, present))
    ]


def build_misspelt_error(pointer: str, row: int, heading: str, meant: str) -> FieldError:
    """Error for a heading that probably is a misspelling of ``meant``."""
    likely = {"row": str(row), "heading": show_heading(heading), "expected": meant}
    return FieldError(pointer, "heading_misspelt", likely, row)
