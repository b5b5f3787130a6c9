"""Endpoints of the exchange rates."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints

from miernik_contracts.rates import queries, service
from miernik_contracts.rates.queries import RateKey
from miernik_contracts.rates.rules import RateSource
from miernik_contracts.rates.schemas import ExchangeRate, NewRate, RateImportReceipt, RateInForce
from miernik_shared.uploads.first_bytes import refuse_other_format
from miernik_shared.values.free_texts import STORED, LookupKey
from miernik_shared.values.iso_dates import Day
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import TableUpload, creates, reads
from miernik_shared.web.keyset_lists import Paging
from miernik_shared.web.known_at import ReportUnitOfWork
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["exchange rates"], route_class=ScopedRoute)
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), LookupKey]
RateOffice = Annotated[Office | None, Query(description="Office that declared the rate; for the source `office` only")]
_UNCHANGED = "The rates are already recorded: nothing was added"
_NBP_ANSWER = TableUpload(json={"anyOf": [{"type": "object"}, {"type": "array"}]})


@router.post("/exchange-rates", **creates("rates:write", external_ids=False, unchanged=_UNCHANGED, confirms=True))
async def record_rate(new: NewRate, response: Response, work: CurrentUnitOfWork) -> ExchangeRate:
    """Record the rate of a day. A second one for the same day is a correction; past moments show the first."""
    rate, created = await service.record_rate(work, new)
    if not created:
        response.status_code = 200
    return rate


@router.post(
    "/exchange-rate-imports",
    **creates("rates:write", body=_NBP_ANSWER, external_ids=False, unchanged=_UNCHANGED, confirms=True),
)
async def import_rates(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    source: Annotated[Literal["nbp_a"], Query(description="Source of the file: the API of the NBP, table A")],
    currency: CurrencyCode = "EUR",
) -> RateImportReceipt:
    """Import a response of the NBP's API: the JSON for one currency, or an array of whole tables."""
    content = await request.body()
    refuse_other_format(content, _NBP_ANSWER.media_types)
    receipt = await service.import_nbp(work, content, currency)
    if work.unchanged:
        response.status_code = 200
    return receipt


@router.get("/exchange-rates", **reads("reports:read"))
async def list_rates(
    work: CurrentUnitOfWork,
    paging: Paging,
    source: RateSource | None = None,
    office: RateOffice = None,
    currency: CurrencyCode = "EUR",
    effective_on: Day | None = None,
) -> Page[ExchangeRate]:
    """Recorded rates, the latest day first; of several for one day the first is in force."""
    filters = queries.filter_rates(source, office, currency, effective_on)
    page = await queries.list_rates(work.connection, filters, paging)
    items = [ExchangeRate.model_validate(row, from_attributes=True, context=STORED) for row in page.rows]
    return Page(items=items, next=page.next)


@router.get("/exchange-rates/in-force", **reads("reports:read"))
async def read_rate_in_force(
    work: ReportUnitOfWork, source: RateSource, on: Day, office: RateOffice = None, currency: CurrencyCode = "EUR"
) -> RateInForce:
    """Rate in force on a day. A day without a table of the NBP has the rate of the last one, up to ten days back."""
    return await service.find_rate_in_force(work, RateKey(source, office, currency), on)
