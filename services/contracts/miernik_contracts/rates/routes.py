"""Endpoints of the exchange rates."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement

from miernik_contracts.rates import queries, service
from miernik_contracts.rates.models import exchange_rate
from miernik_contracts.rates.queries import RateKey
from miernik_contracts.rates.rules import RateSource
from miernik_contracts.rates.schemas import ExchangeRate, NewRate, RateImportReceipt, RateInForce
from miernik_shared.values.free_texts import STORED
from miernik_shared.values.iso_dates import Day, Instant
from miernik_shared.values.offices import Office
from miernik_shared.web.endpoint_declarations import creates, reads
from miernik_shared.web.paging import Cursor, Limit, Page, build_page, read_cursor
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

router = APIRouter(prefix="/v1", tags=["exchange rates"], route_class=ScopedRoute)
CurrencyCode = Annotated[str, Query(pattern=r"^[A-Z]{3}$")]
OfficeAsked = Annotated[Office | None, Query(description="Whose own rate; for the source `office` only")]
_EQUAL = {200: {"description": "The rates are known already: nothing was recorded"}}
_RECORD = creates("rates:write", external_ids=False)
_RECORD["responses"] |= _EQUAL
_IMPORT = creates("rates:write", external_ids=False)
_IMPORT["responses"] |= _EQUAL
_IMPORT["openapi_extra"]["requestBody"] = {
    "required": True,
    "content": {"application/json": {"schema": {"anyOf": [{"type": "object"}, {"type": "array"}]}}},
}


@router.post("/exchange-rates", **_RECORD)
async def record_rate(new: NewRate, response: Response, work: CurrentUnitOfWork) -> ExchangeRate:
    """Records the rate of a day. Another one for the same day corrects it; the former one stays known as of before."""
    rate, created = await service.record_rate(work, new)
    if not created:
        response.status_code = 200
    return rate


@router.post("/exchange-rate-imports", **_IMPORT)
async def import_rates(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    source: Annotated[Literal["nbp_a"], Query(description="Whose file: the NBP's API, table A")],
    currency: CurrencyCode = "EUR",
) -> RateImportReceipt:
    """Takes the JSON of the NBP's API as it is: the answer for one currency, or an array of whole tables."""
    receipt = await service.import_nbp(work, await request.body(), currency)
    if work.unchanged:
        response.status_code = 200
    return receipt


@router.get("/exchange-rates", **reads("reports:read", 400))
async def list_rates(
    request: Request,
    response: Response,
    work: CurrentUnitOfWork,
    source: RateSource | None = None,
    office: OfficeAsked = None,
    currency: CurrencyCode = "EUR",
    effective_on: Day | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Page[ExchangeRate]:
    """Recorded rates, the latest day first; of several for one day the first is the one that holds."""
    filters: list[ColumnElement[bool]] = [exchange_rate.c.currency == currency]
    wanted = (("source", source), ("office", office), ("effective_on", effective_on))
    filters += [exchange_rate.c[name] == value for name, value in wanted if value is not None]
    after = read_cursor("exchange-rates", cursor, date, int)
    rows = await queries.list_rates(work.connection, filters, after, limit + 1)
    items = [ExchangeRate.model_validate(row, from_attributes=True, context=STORED) for row in rows]
    last = rows[limit - 1] if len(rows) > limit else None
    key = (last.effective_on.isoformat(), last.rate_no) if last else None
    return build_page("exchange-rates", items, limit, key, request, response)


@router.get("/exchange-rates/in-force", **reads("reports:read"))
async def read_rate_in_force(
    work: CurrentUnitOfWork,
    source: RateSource,
    on: Day,
    office: OfficeAsked = None,
    currency: CurrencyCode = "EUR",
    known_at: Annotated[Instant | None, Query(description="What we knew at that moment; now by default")] = None,
) -> RateInForce:
    """The rate that holds on a day. A day without a table of the NBP takes the last one before it, up to ten days."""
    del known_at
    return await service.rate_in_force(work, RateKey(source, office, currency), on)
