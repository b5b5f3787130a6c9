"""Records dated today are accepted: only a day to come is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.support.answers import ok
from tests.support.builders.agreements import Office

from miernik_shared.web.unit_of_work import UnitOfWork

TODAY = date(2011, 9, 26)
ON_TODAY = TODAY.isoformat()


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day for the whole test, midnight or not."""
    monkeypatch.setattr(UnitOfWork, "today", property(lambda _: TODAY))


async def test_an_agreement_signed_amended_and_ended_today_is_recorded(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10", signed_on=ON_TODAY)
    amended = ok(await service.amend(signed, "20", ON_TODAY))
    ended = ok(await service.terminate(amended, ON_TODAY))

    assert (ended["signed_on"], ended["terminated_on"], ended["value_pln"]) == (ON_TODAY, ON_TODAY, "20.00")


@pytest.mark.parametrize("more", [{}, {"valid_from": ON_TODAY, "valid_to": ON_TODAY}])
async def test_a_decision_taken_today_is_recorded_also_for_today_alone(office: Office, more: dict[str, Any]) -> None:
    service, calls_feed = office
    decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "number": "1", "decided_on": ON_TODAY}
    ok(await service.post("/v1/overcontracting-decisions", decision | more))
    await service.signed("1", calls_feed.id_of("7.2.1"), "315", signed_on=ON_TODAY)


@pytest.mark.parametrize(
    "rate", [{"source": "office", "office": "04"}, {"source": "nbp_a", "table_no": "186/A/NBP/2011"}]
)
async def test_a_rate_of_today_is_recorded_and_turns_shares_into_zlote(office: Office, rate: dict[str, str]) -> None:
    service, _ = office
    ok(await service.post("/v1/exchange-rates", rate | {"effective_on": ON_TODAY, "rate": "5"}))
    query = {"rate_source": rate["source"], "rate_on": ON_TODAY}
    report = ok(await service.officer.get("/v1/reports/contracting", params=query))

    assert (report["rate"]["rate"], report["rate"]["effective_on"]) == ("5.000000", ON_TODAY)
