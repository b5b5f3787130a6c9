"""Report of financial progress, as far as the gateway reads it."""

from datetime import date as Day
from decimal import Decimal

from pydantic import BaseModel

from miernik_gateway.dashboards.catalogue.dashboard import OfficeReport, Source
from miernik_gateway.dashboards.fetch.programme_rows import Heading, ProgrammeRow


class Signed(BaseModel, frozen=True):
    """Agreements in force and the sum of their values."""

    number: int | None
    value_pln: Decimal | None


class Recommended(BaseModel, frozen=True):
    """Applications recommended for signing; all fields are null where nothing can be recommended."""

    number: int | None
    value_pln: Decimal | None
    proof: str | None


class Share(BaseModel, frozen=True):
    """Contracted percentage of an allocation, and the amounts that it is computed from."""

    percentage: Decimal | None
    contracted_pln: Decimal | None
    allocation_eur: Decimal | None
    allocation_pln: Decimal | None


class Rate(BaseModel, frozen=True):
    """Euro exchange rate by which a share is computed."""

    source: str
    rate: Decimal
    effective_on: Day
    table_no: str | None
    office: str | None
    """Office that declared the rate."""


class UsedRate(Rate, frozen=True):
    """Euro exchange rate, and the offices whose shares are computed by it."""

    offices: list[str]


class ContractingRow(ProgrammeRow, frozen=True):
    """Agreements and recommended applications of a node or an office, or those assigned to no node."""

    measure: str | None
    agreement_kind: str | None
    signed: Signed
    recommended: Recommended
    share: Share | None
    """Contracted share of the measure, repeated in each of its rows."""
    rates: list[Rate]


class ContractingSource(BaseModel, frozen=True):
    """Origin of a column in the table of an office."""

    office: str
    column: str
    text: str
    date: Day


class ContractingNote(BaseModel, frozen=True):
    """Reason why a figure of an office is missing."""

    office: str
    text: str


class ContractingReport(OfficeReport, frozen=True):
    """Financial progress on a day.

    ``rate`` is the exchange rate of all shares; if they use several, it is null and ``rates`` lists them.
    """

    headings: list[Heading]
    rows: list[ContractingRow]
    rate: UsedRate | None
    rates: list[UsedRate]
    sources: list[ContractingSource]
    notes: list[ContractingNote]


CONTRACTING_REPORT = Source(
    "contracts",
    "/v1/reports/contracting",
    ContractingReport,
    families=("programme", "allocations", "rates", "agreements:{office}", "recommended:{office}"),
)
