"""Endpoint that lists confirmed values: who confirmed what, and when."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select

from miernik_shared.confirmations import ConfirmedFinding
from miernik_shared.filters import build_equality_filters
from miernik_shared.stored_confirmations import confirmation
from miernik_shared.values.iso_dates import Instant
from miernik_shared.web.endpoint_declarations import reads
from miernik_shared.web.keyset_lists import Keyset, Paging, read_page
from miernik_shared.web.paging import Page
from miernik_shared.web.routes import ScopedRoute
from miernik_shared.web.unit_of_work import CurrentUnitOfWork

CONFIRMATION_ORDER = Keyset("confirmations", (confirmation.c.position,), (int,), descending=True)
"""Newest first."""


class Confirmation(BaseModel):
    """Confirmation of unlikely values with the change that stored them at its position."""

    position: int
    at: Instant
    client: str
    action: str
    subject: str
    confirmed: list[ConfirmedFinding]


def build_confirmations_router(service: str) -> APIRouter:
    """Router of ``/v1/confirmations/<service>``."""
    router = APIRouter(prefix="/v1/confirmations", tags=["confirmations"], route_class=ScopedRoute)

    @router.get(f"/{service}", **reads("reports:read"))
    async def list_confirmations(  # pyright: ignore[reportUnusedFunction] - the decorator registers it
        work: CurrentUnitOfWork,
        paging: Paging,
        subject: Annotated[str | None, Query(max_length=200, description="What was stored: `agreements/<id>`")] = None,
        client: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Page[Confirmation]:
        """Confirmed values, newest first. A client without access to the region sees its own."""
        columns = confirmation.c
        filters = build_equality_filters({columns.subject: subject, columns.client: client})
        if not work.caller.region:
            filters.append(columns.client == work.caller.client)
        change = work.service.tables.change_log.change
        query = select(confirmation, change.c.at).join(change, change.c.position == columns.position).where(*filters)
        page = await read_page(work.connection, query, CONFIRMATION_ORDER, paging)
        items = [Confirmation.model_validate(row, from_attributes=True) for row in page.rows]
        return Page(items=items, next=page.next)

    return router
