"""Stored texts: readable although today's rules would refuse them, since one text must not fail its whole list."""

from __future__ import annotations

import json
from typing import Any

import httpx
import psycopg
from tests.support.answers import ok
from tests.support.builders.agreements import Office
from tests.support.builders.applications import APPLICATIONS, add, reach
from tests.support.builders.personal_numbers import made_up_pesel
from tests.support.services.calls_service import CallsService
from tests.support.services.indicators_service import IndicatorsService

TAKEN_BEFORE = f"Umowa\u200b {made_up_pesel()}"


def rewrite(superuser_url: str, *statements: str) -> None:
    """As if it had come in under a rule of before."""
    with psycopg.connect(superuser_url) as connection:
        for statement in statements:
            connection.execute(statement.replace("{}", TAKEN_BEFORE).encode())


async def listed(client: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    return ok(await client.get(path, params=query))["items"]


async def test_of_agreements(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("U-1", calls_feed.id_of("7.2.1"), "1")
    annulled = await service.signed(
        "U-2", calls_feed.id_of("7.2.1"), "1", external_ids=[{"system": "lsi", "value": "1"}]
    )
    ok(await service.annul(annulled))
    rewrite(
        service.urls.superuser,
        "update contracts.agreement_version set beneficiary = '{}', note = '{}'",
        "update contracts.agreement set number = '{}' where number = 'U-1'",
        """update contracts.agreement set freed_ids = '[{"system": "lsi", "value": "{}"}]' where annulled""",
    )
    (one,) = await listed(service.officer, "/v1/agreements")
    assert (one["number"], one["beneficiary"]) == (TAKEN_BEFORE, TAKEN_BEFORE)
    (other,) = await listed(service.officer, "/v1/agreements", annulled="true")
    assert other["external_ids"] == [{"system": "lsi", "value": TAKEN_BEFORE}]
    versions = ok(await service.officer.get(f"/v1/agreements/{signed['id']}/versions"))
    assert [version["note"] for version in versions] == [TAKEN_BEFORE]
    assert (await service.officer.get(f"/v1/agreements/{signed['id']}")).status_code == 200


async def test_of_applications(shared_calls: CallsService) -> None:
    one = await add(shared_calls, title="Razem")
    rewrite(shared_calls.urls.superuser, "update calls.application_version set title = '{}'")
    assert [found["title"] for found in await listed(shared_calls.officer, APPLICATIONS)] == [TAKEN_BEFORE]
    versions = await listed(shared_calls.officer, f"{APPLICATIONS}/{one['id']}/versions")
    assert [version["title"] for version in versions] == [TAKEN_BEFORE]
    reached = ok(await reach(shared_calls, one, "formally_positive", "2011-03-01", "900.00"))
    assert reached["title"] == TAKEN_BEFORE


async def test_of_external_ids(office: Office) -> None:
    service, calls_feed = office
    granted = await service.grant(calls_feed.id_of("7.3"), "1", external_ids=[{"system": "lsi", "value": "1"}])
    rewrite(service.urls.superuser, "update contracts.external_identifier set system = '..', value = '{}'")
    detail = ok(await service.officer.get(f"/v1/allocations/{granted['id']}"))
    assert detail["external_ids"] == [{"system": "..", "value": TAKEN_BEFORE}]


async def test_of_units_and_indicators(service: IndicatorsService) -> None:
    rewrite(
        service.urls.superuser,
        "update indicators.reporting_unit_version set name = '{}'",
        "update indicators.indicator_version set name = '{}', definition = '{}'",
    )
    assert {one["name"] for one in await listed(service.officer, "/v1/reporting-units")} == {TAKEN_BEFORE}
    for one in await listed(service.officer, "/v1/indicators"):
        calls_feed = ok(await service.officer.get(f"/v1/indicators/{one['code']}"))
        assert TAKEN_BEFORE in json.dumps(calls_feed, ensure_ascii=False)
