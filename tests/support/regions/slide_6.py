"""The money of the deck's slide 6 as writes: applications accepted, agreements signed, allocations and rates.

Grosze, counts of the total and percentages are printed; the other digits are a consistent choice.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService

AS_OF = "2011-08-31"
ALLOCATIONS = {"7.1": "52000000", "7.2": "34650000", "7.3": "7535000"}
SIGNED = {
    "7.1.1": (138, "76418210.18"),
    "7.1.2": (21, "31102640.21"),
    "7.1.3": (4, "7009456.00"),
    "7.2.1": (99, "62735118.57"),
    "7.2.2": (35, "24745249.88"),
    "7.3": (331, "15697036.52"),
}
RECOMMENDED = {"7.2.1": (19, "11482316.68"), "7.2.2": (6, "5214300.00"), "7.3": (3, "146820.02")}
FRAMEWORK = ("7.1.1", "7.1.2")


def split(total: str, parts: int) -> list[str]:
    """The total in parts of whole grosze, the largest remainder in the first ones."""
    grosze, rest = divmod(int(Decimal(total) * 100), parts)
    return [str(Decimal(grosze + (number < rest)) / 100) for number in range(parts)]


async def slide_6(service: ContractsService, calls_feed: CallsFeed) -> None:
    """Priority VII as of the end of August 2011, through the feed of calls and the public API."""
    await service.add_rate("4.0082", "2007-01-01", "office", office="04")
    await service.add_rate("4.1445", "2011-08-31", "nbp_a", table_no="168/A/NBP/2011")
    for code, amount in ALLOCATIONS.items():
        await service.grant(calls_feed.id_of(code), amount, rate_source="office")
    accepted = [
        calls_feed.application(f"{code}/{number}", code, accepted_on="2011-05-01", accepted_value_pln=value)
        for what in (SIGNED, RECOMMENDED)
        for code, (count, total) in what.items()
        for number, value in enumerate(split(total, count), 1000 if what is RECOMMENDED else 0)
    ]
    calls_feed.applications_change(*accepted)
    await service.wait_until_applied(calls_feed)
    for code, (count, total) in SIGNED.items():
        await _sign_all(service, calls_feed, code, split(total, count))


async def _sign_all(service: ContractsService, calls_feed: CallsFeed, code: str, values: list[str]) -> None:
    kind = "framework" if code in FRAMEWORK else "grant"
    lane = asyncio.Semaphore(8)

    async def one(number: int, value: str) -> None:
        application = calls_feed.applications[f"{code}/{number}"]["id"]
        async with lane:
            await service.signed(
                f"U-{code}/{number}", None, value, kind=kind, signed_on="2011-06-30", application_id=application
            )

    await asyncio.gather(*(one(number, value) for number, value in enumerate(values)))
