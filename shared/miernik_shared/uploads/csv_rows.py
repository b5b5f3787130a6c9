"""Tables as CSV: separator and header are detected, and polars parses the cells without an object per row."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from miernik_shared.problems import FieldError, Problem
from miernik_shared.uploads.columns import TableShape, number_rows
from miernik_shared.uploads.csv_errors import CsvFaults, find_csv_faults
from miernik_shared.uploads.csv_header import CsvHeader, find_header, list_misspelt
from miernik_shared.uploads.headings import Headings, show_heading
from miernik_shared.uploads.limits import ROWS_FOR_ONE, refuse_too_many_cells, refuse_too_many_rows
from miernik_shared.uploads.passed_over_cells import (
    SplitRows,
    find_doubtful_rows,
    find_hidden_personal_numbers,
    join_cells,
    refuse_second_table,
    split_rows,
)
from miernik_shared.uploads.reading_account import (
    EMPTY_COLUMN,
    UNKNOWN_COLUMN,
    PassedOverColumn,
    Reading,
    describe_reading,
)
from miernik_shared.uploads.row_kinds import (
    ABOVE_HEADER,
    COLUMN_NUMBERS,
    EMPTY,
    TableColumns,
    classify_rows,
    is_row_of_column_numbers,
    normalise_headings,
)

_SEPARATORS = (";", "\t", ",")
# Excel's line before the header that declares the separator; other programs pad and quote it like a row.
_SEPARATOR_LINE = re.compile(rb'"?sep=([;,\t|])"?\1*(?:\r?\n|\r?\Z)', re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\n(?=\r?\n)")
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Data rows as text, how they were read, and findings about what was passed over."""

    frame: pl.DataFrame
    reading: Reading
    findings: list[pl.DataFrame]


@dataclass(frozen=True, slots=True)
class _Opening:
    """Row number of the first row, and the separators to try on it."""

    first_row: int
    separators: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns of the parsed frame: ours by name, unknown ones by heading, and those without a heading."""

    own: dict[str, str]
    unknown: dict[str, str]
    unnamed: list[str]


def read_csv(shape: TableShape, content: bytes) -> CsvTable:
    """Parse CSV in UTF-8 to a table of text; ``row_no`` is the row number in the file.

    Raises 400 for malformed content, 422 for misspelt or repeated columns, or for a second table.
    """
    opening, content = _read_opening(content)
    headings = Headings(shape)
    header = find_header(shape, headings, content, opening.separators, opening.first_row)
    columns = _assign_columns(shape, headings, header)
    if b"\x00" in content:
        raise Problem(400, "content_not_text")
    cells, faults = _read_cells(shape, content, header)
    kinds = _classify(shape, headings, columns, cells, header)
    faults.without(frozenset(kinds["row_no"].to_list())).refuse()
    rows = split_rows(cells, kinds)
    _refuse_unnamed(shape, columns.unnamed, rows.data, header.row)
    return _build_table(shape, columns, header, rows, faults)


def _read_opening(content: bytes) -> tuple[_Opening, bytes]:
    """Read the line that declares the separator, if there is one; with old line ends replaced."""
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
    declared = _SEPARATOR_LINE.match(content)
    if declared is None:
        return _Opening(1, _SEPARATORS), content
    return _Opening(2, [declared[1].decode()]), content[declared.end() :].removeprefix(_MARK)


def _assign_columns(shape: TableShape, headings: Headings, header: CsvHeader) -> _Columns:
    """Assign the cells of the header to columns. Raises 422 for misspelt and repeated ones."""
    found = [headings.find(cell) for cell in header.cells]
    names = [f"c{number}" for number in range(len(found))]
    row, present = header.row, frozenset(column for column in found if column)
    errors = list_misspelt(headings, header.cells, present, row)
    errors += [
        FieldError(f"/rows/{row}/{name}", "column_repeated", {"column": name}, row, name)
        for name, number in Counter(column for column in found if column).items()
        if number > 1
    ]
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)
    strange = {name: cell for name, cell, column in zip(names, header.cells, found, strict=True) if column is None}
    return _Columns(
        {name: column for name, column in zip(names, found, strict=True) if column},
        {name: cell for name, cell in strange.items() if cell.strip()},
        [name for name, cell in strange.items() if not cell.strip()],
    )


def _read_cells(shape: TableShape, content: bytes, header: CsvHeader) -> tuple[pl.DataFrame, CsvFaults]:
    """Cells as text, with the rows of another width. Raises 400 for unclosed quotes."""
    # A header of our own: that of the file may have line breaks, and its names may be equal.
    names = header.separator.join(f"c{number}" for number in range(len(header.cells)))
    # Without a line end, polars would ignore a surplus cell in the last line.
    body = content[header.end :]
    # A row with fewer cells than the header takes as much memory as one with all.
    refuse_too_many_cells(body.count(b"\n") + 1, len(header.cells))
    lines = b"".join((names.encode(), b"\n", body, b"" if body.endswith(b"\n") else b"\n"))
    frame = _parse_cells(lines, header.separator, cut=False)
    if frame is not None and _is_regular(lines, header.separator, frame):
        return number_rows(frame, header.row + 1), CsvFaults([], len(header.cells), None, frame.height + 1)
    if frame is not None and frame.height > shape.most_rows * ROWS_FOR_ONE:
        # A sheet may leave a million empty rows below a table: only the others count.
        refuse_too_many_rows(frame.filter(pl.any_horizontal(pl.all().str.contains(r"\S"))).height, shape.most_rows)
    sent = lines if body.endswith(b"\n") else lines[:-1]
    faults = find_csv_faults(sent, header.separator, len(header.cells), header.row)
    frame = frame if frame is not None else _parse_cells(lines, header.separator, cut=True)
    if faults.has_open_quotes or frame is None or frame.height + 1 != faults.row_count:
        # Rows and cells are uncertain.
        faults.refuse()
    if frame is None:
        raise Problem(400, "rows_malformed", {"count": "–"})
    return number_rows(frame, header.row + 1), faults


def _parse_cells(lines: bytes, separator: str, *, cut: bool) -> pl.DataFrame | None:
    """Cells parsed by polars; ``None`` if it fails. With ``cut`` surplus cells of a row are dropped, else an error."""
    try:
        return pl.read_csv(lines, separator=separator, infer_schema=False, has_header=True, truncate_ragged_lines=cut)
    except pl.exceptions.PolarsError:
        return None


def _is_regular(content: bytes, separator: str, frame: pl.DataFrame) -> bool:
    """Whether every non-blank row certainly has as many cells as the header and no quote is left open.

    Polars itself rejects only rows with more cells.
    """
    if b'"' not in content:
        found, between = content.count(separator.encode()), frame.width - 1
        rows = frame.height + 1
        return found == rows * between or found == (rows - len(_BLANK_LINE.findall(content))) * between
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator, strict=True)
    try:
        widths = Counter(map(len, reader))
    except csv.Error:
        return False
    # An unclosed quote may merge several rows, which the two parsers count differently.
    return widths.keys() <= {0, frame.width} and widths.total() == frame.height + 1


def _classify(
    shape: TableShape, headings: Headings, columns: _Columns, cells: pl.DataFrame, header: CsvHeader
) -> pl.DataFrame:
    """Rows that are not simply data, by kind. Raises 422 for a second table below the first."""
    identifier = next(name for name, column in columns.own.items() if column == shape.identifier)
    named = {f"c{number}": cell for number, cell in enumerate(header.cells) if cell.strip()}
    table = TableColumns(identifier, columns.own.keys(), normalise_headings(named))
    kinds = classify_rows(cells, table, headings.names.keys(), shape.known)
    if not cells.is_empty() and is_row_of_column_numbers([cell or "" for cell in cells.row(0)[1:]]):
        first = {"row_no": header.row + 1, "kind": COLUMN_NUMBERS}
        kinds = pl.concat([kinds.filter(pl.col("row_no") != first["row_no"]), pl.DataFrame([first], kinds.schema)])
    refuse_second_table(shape, kinds)
    return kinds


def _refuse_unnamed(shape: TableShape, unnamed: Sequence[str], data: pl.DataFrame, header_row: int) -> None:
    """Raise 422 for columns without a heading that contain text; spreadsheets leave empty ones beside a table."""
    if not unnamed:
        return
    cells = data.select("row_no", *unnamed).unpivot(index="row_no", variable_name="place", value_name="cell")
    filled = cells.filter(pl.col("cell").str.strip_chars() != "").group_by("place", maintain_order=True).first()
    errors: list[FieldError] = []
    for name, row in filled.select("place", "row_no").iter_rows():
        number = _number_of(name)
        details = {"letter": column_letters(number), "first": str(row)}
        errors.append(FieldError(f"/rows/{header_row}/{number}", "column_unnamed", details, header_row))
    if errors:
        raise Problem(422, "header_wrong", shape.params(";"), errors)


def _number_of(name: str) -> int:
    return int(name.removeprefix("c")) + 1


def column_letters(number: int) -> str:
    """Name of a column in spreadsheets: A is the first, AA the 27th."""
    above, last = divmod(number - 1, 26)
    return (column_letters(above) if above else "") + chr(ord("A") + last)


def _build_table(
    shape: TableShape, columns: _Columns, header: CsvHeader, rows: SplitRows, faults: CsvFaults
) -> CsvTable:
    frame = rows.data.select("row_no", *columns.own).rename(columns.own)
    identifier = next(name for name, column in columns.own.items() if column == shape.identifier)
    shown = {name: show_heading(heading) for name, heading in columns.unknown.items()}
    hidden = [
        rows.passed_over,
        rows.data.select("row_no", *columns.unknown),
        join_cells([*header.above, (header.row, list(columns.unknown.values())), *faults.texts]),
    ]
    findings = find_doubtful_rows(rows, identifier, shape.identifier)
    findings += find_hidden_personal_numbers(hidden, columns.own | shown)
    return CsvTable(frame.fill_null(""), _describe(columns, header, rows, shown), findings)


def _describe(columns: _Columns, header: CsvHeader, rows: SplitRows, shown: Mapping[str, str]) -> Reading:
    passed = [PassedOverColumn(_number_of(name), heading, UNKNOWN_COLUMN) for name, heading in shown.items()]
    passed += [PassedOverColumn(_number_of(name), None, EMPTY_COLUMN) for name in columns.unnamed]
    above = [(row, ABOVE_HEADER if any(map(str.strip, cells)) else EMPTY) for row, cells in header.above]
    kinds = pl.DataFrame(above, schema={"row_no": pl.Int32, "kind": pl.String}, orient="row")
    return describe_reading(header.row, pl.concat([kinds, rows.kinds]), sorted(passed, key=lambda one: one.number))
