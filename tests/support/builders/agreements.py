"""Office with an allocation of 400 złote, and its invariants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]


@asynccontextmanager
async def office_with_money(database: DatabaseUrls) -> AsyncIterator[Office]:
    """7.2 has 100 EUR, at 4.00 until the end of June 2011 and at 3.00 from then on."""
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        await service.add_rate("3", "2011-07-01")
        await service.grant(calls_feed.id_of("7.2"), "100")
        yield service, calls_feed


def conserved(service: ContractsService) -> Decimal:
    """Total of the rollup, which must equal the balance of the whole priority."""
    rolled = service.query(
        "select coalesce(sum(value_pln), 0) from contracting_rollup where kind in ('grant', 'framework')"
    )
    assert service.used().get("VII", Decimal(0)) == rolled[0][0]
    return rolled[0][0]
