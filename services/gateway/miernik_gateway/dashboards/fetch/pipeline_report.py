"""Report of the applications by stage, as far as the gateway reads it."""

from datetime import date as Day
from decimal import Decimal

from pydantic import BaseModel

from miernik_gateway.dashboards.catalogue.dashboard import OfficeReport, Source
from miernik_gateway.dashboards.fetch.programme_rows import Heading, ProgrammeRow


class StageFigures(BaseModel, frozen=True):
    """Applications that reached a stage, and the sum of their values."""

    number: int | None
    value_pln: Decimal | None
    proof: str


class PipelineRow(ProgrammeRow, frozen=True):
    """Applications of a node or an office, or those assigned to no node."""

    submitted: StageFigures
    formally_positive: StageFigures
    accepted: StageFigures


class PipelineSource(BaseModel, frozen=True):
    """Origin of the figures of a stage in an office, and their day."""

    office: str
    column: str
    text: str
    date: Day


class NamedApplication(BaseModel, frozen=True):
    """Application that a finding names."""

    number: str


class PipelineFinding(BaseModel, frozen=True):
    """Anomaly among the applications of a node; ``applications`` has the first of ``count``."""

    code: str
    office: str
    node: str | None
    stage: str
    count: int
    applications: list[NamedApplication]


class PipelineReport(OfficeReport, frozen=True):
    """Cumulative applications by stage on a day."""

    headings: list[Heading]
    rows: list[PipelineRow]
    sources: list[PipelineSource]
    findings: list[PipelineFinding]


PIPELINE_REPORT = Source(
    "calls", "/v1/reports/pipeline", PipelineReport, families=("programme", "applications:{office}")
)
