"""Account of how an upload was read, in responses."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from miernik_shared.uploads import reading_account as account
from miernik_shared.uploads.csv_rows import column_letters
from miernik_shared.web.unit_of_work import UnitOfWork

DECIMAL = (
    "Decimal sign of the numbers in a CSV file. By default it is told from the file, which is rejected if that leaves "
    "doubt, as `11.716` does"
)
"""Description of the query parameter ``decimal``."""
READING = "How the file was read; null for one that an earlier version of the system read"
"""Description of the member ``reading``."""


class PassedOverRows(BaseModel):
    """Adjacent rows that were passed over for the same reason."""

    first_row: int
    last_row: int
    code: str
    message: str


class PassedOverColumn(BaseModel):
    """Column that was passed over; ``column`` is its letter in a sheet, or its number in JSON."""

    column: str
    heading: str | None
    code: str
    message: str


class Reading(BaseModel):
    """How an upload was read: what was passed over, and which decimal sign its numbers have."""

    header_row: int | None = Field(description="Row of the header; null for JSON")
    decimal: Literal[",", "."] | None = Field(description="Null if no number has a decimal sign")
    passed_over_rows: int
    passed_over_columns: int
    rows: list[PassedOverRows] = Field(description="The first hundred runs of rows; `passed_over_rows` counts all")
    columns: list[PassedOverColumn] = Field(description="The first hundred; `passed_over_columns` counts all")


def render_stored_reading(work: UnitOfWork, stored: Mapping[str, Any] | None) -> Reading | None:
    """Account from the database, with sentences in the caller's language."""
    return render_reading(work, account.Reading.from_json(stored)) if stored else None


def render_reading(work: UnitOfWork, reading: account.Reading) -> Reading:
    """Account with sentences in the caller's language."""
    return Reading.model_validate({
        "header_row": reading.header_row,
        "decimal": reading.decimal,
        "passed_over_rows": reading.row_count,
        "passed_over_columns": reading.column_count,
        "rows": [_render_rows(work, one) for one in reading.rows],
        "columns": [_render_column(work, one, in_sheet=reading.header_row is not None) for one in reading.columns],
    })  # fmt: skip


def _render_rows(work: UnitOfWork, run: account.PassedOverRows) -> PassedOverRows:
    rows = str(run.first) if run.first == run.last else f"{run.first}–{run.last}"
    message = work.service.catalogue.message(run.reason, {"rows": rows}, work.language)
    return PassedOverRows(first_row=run.first, last_row=run.last, code=run.reason, message=message)


def _render_column(work: UnitOfWork, column: account.PassedOverColumn, *, in_sheet: bool) -> PassedOverColumn:
    place = column_letters(column.number) if in_sheet else str(column.number)
    params = {"heading": column.heading or "", "place": place}
    message = work.service.catalogue.message(column.reason, params, work.language)
    return PassedOverColumn(column=place, heading=column.heading, code=column.reason, message=message)
