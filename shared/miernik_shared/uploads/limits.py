"""Limits of an uploaded table, checked before the work that they bound, which is linear in the upload up to them.

The size of the body is limited by each endpoint. It does not bound the work: twelve kilobytes of separators are six
thousand columns, and two megabytes of short rows below a wide header are a thousand million cells.
"""

from miernik_shared.problems import FieldError, Problem

COLUMNS = 500
"""Maximum number of columns of a table, or of different keys of its JSON rows. Forms have a dozen; the widest list that
an office publishes has sixty."""
CELLS = 20_000_000
"""Maximum number of cells, empty ones included: two million rows, the largest return, of ten columns. A cell takes 16
bytes of memory."""
HEADER_BYTES = 1024 * 1024
"""Maximum number of bytes at the beginning of a CSV file among which its header is looked for."""
FINDINGS = 20_000
"""Maximum number of findings of one upload that are built and stored, the first by row; of the others only the count
is."""
SHOWN = 100
"""Maximum number of errors in the refusal of a file that cannot be read."""
ROWS_FOR_ONE = 2
"""Number of rows of a file for each row that its table may have, since empty rows, totals and notes do not count."""


def refuse_too_many_columns(count: int, row: int | None = None) -> None:
    """Raise 422 for a table with more columns, named or not, than :data:`COLUMNS`; ``row`` is that of the header."""
    if count > COLUMNS:
        width = {"count": str(count), "limit": str(COLUMNS)}
        pointer = "/rows" if row is None else f"/rows/{row}"
        raise Problem(422, "columns_too_many", width, [FieldError(pointer, "columns_too_many", width, row)])


def line_too_long(row: int) -> Problem:
    """Refusal (422) of a file whose first line is longer than :data:`HEADER_BYTES`."""
    line = {"row": str(row), "limit": str(HEADER_BYTES)}
    return Problem(422, "line_too_long", line, [FieldError(f"/rows/{row}", "line_too_long", line, row)])


def refuse_too_many_cells(rows: int, columns: int) -> None:
    """Raise 413 for a table with more cells than :data:`CELLS`."""
    if rows * columns > CELLS:
        size = {"count": str(rows * columns), "limit": str(CELLS), "rows": str(rows), "columns": str(columns)}
        raise Problem(413, "cells_too_many", size)


def refuse_too_many_rows(rows: int, most: int) -> None:
    """Raise 413 for a file with more rows than a table of at most ``most`` rows can come from."""
    if rows > most * ROWS_FOR_ONE:
        raise Problem(413, "rows_too_many", {"limit": str(most)})
