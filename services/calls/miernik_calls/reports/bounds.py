"""API models of the bounds of a report, the same for every report."""

from datetime import date

from pydantic import BaseModel


class BoundsOffice(BaseModel):
    """Office with data in the report. Its name is null: the register of names belongs to another service."""

    code: str
    name: str | None = None


class BoundsMeasure(BaseModel):
    """Measure to which the report can be restricted."""

    code: str
    name: str | None
    office: str | None


class ReportBounds(BaseModel):
    """Bounds of the filters of a report; both days are null while there are no data."""

    first_on: date | None
    last_on: date | None
    offices: list[BoundsOffice]
    measures: list[BoundsMeasure]
    years: list[int]
    position: int
