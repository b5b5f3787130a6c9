"""Agreements under another system's number: made, corrected, found again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import uuid4

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.agreements import Office, conserved, office_with_money

from miernik_local.provision import DatabaseUrls


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with office_with_money(database) as running:
        yield running


async def test_another_system_upserts_under_its_own_number_and_corrects(office: Office) -> None:
    service, calls_feed = office
    path = "/v1/agreements/by-external-id/lsi/17"
    body = {
        "number": "1",
        "kind": "grant",
        "node_id": calls_feed.id_of("7.2.1"),
        "signed_on": "2011-03-01",
        "value_pln": "10",
    }
    assert (await service.officer.get(path)).status_code == 404
    assert (await service.officer.put(path, json=body, headers={"If-Match": '"v1"'})).status_code == 412
    created = await service.officer.put(path, json=body)
    assert (created.status_code, created.json()["external_ids"]) == (201, [{"system": "lsi", "value": "17"}])
    same = await service.officer.put(path, json=body, headers={"If-Match": '"v1"'})
    assert (same.status_code, same.json()["version"]) == (200, 1)
    amended = ok(await service.amend(same.json(), "20", "2011-05-01"))
    corrected = await service.officer.put(path, json=body | {"value_pln": "12"}, headers={"If-Match": '"v2"'})
    assert (corrected.status_code, corrected.json()["value_pln"], corrected.json()["version"]) == (200, "20.00", 3)
    steps = service.query("select effective_on::text, value_pln from contracting_rollup order by 1")
    assert steps == [("2011-03-01", 12), ("2011-05-01", 8)]
    for changed in (
        {"number": "2"},
        {"kind": "framework"},
        {"signed_on": "2011-03-02"},
        {"node_id": calls_feed.id_of("7.2")},
    ):
        refused = await service.officer.put(path, json=body | changed, headers={"If-Match": '"v3"'})
        assert_problem(refused, 409, "agreement_identity_changed")
    without_node = body | {"node_id": None, "value_pln": "12", "beneficiary": "Gmina Osie"}
    named = await service.officer.put(path, json=without_node, headers={"If-Match": '"v3"'})
    assert (named.json()["beneficiary"], named.json()["version"]) == ("Gmina Osie", 4)
    assert ok(await service.officer.get(path)) == named.json()
    assert amended["id"] == named.json()["id"]
    assert conserved(service) == Decimal(20)


async def test_a_correction_is_held_to_the_cap_of_the_days_before_an_amendment(office: Office) -> None:
    service, calls_feed = office
    path = "/v1/agreements/by-external-id/lsi/17"
    body = {"number": "1", "kind": "grant", "node_id": calls_feed.id_of("7.2.1"), "signed_on": "2011-02-01"}
    await service.signed("0", calls_feed.id_of("7.2.1"), "200", signed_on="2011-02-01")
    signed = ok(await service.officer.put(path, json=body | {"value_pln": "100"}))
    ok(await service.amend(signed, "50", "2011-04-01"))
    headers = {"If-Match": '"v2"'}
    refused = await service.officer.put(path, json=body | {"value_pln": "200.01"}, headers=headers)
    told_of = refused.json()
    assert (refused.status_code, told_of["code"], told_of["used"], told_of["asked"], told_of["day"]) == (
        409, "allocation_exceeded", "300.00", "100.01", "2011-02-01",
    )  # fmt: skip
    ok(await service.officer.put(path, json=body | {"value_pln": "200"}, headers=headers))
    assert conserved(service) == Decimal(250)


async def test_agreements_are_listed_by_what_they_are_about(office: Office) -> None:
    service, calls_feed = office
    for number, code, kind in (("1", "7.2.1", "grant"), ("2", "7.2.2", "framework"), ("3", "7.2.1", "framework")):
        await service.signed(number, calls_feed.id_of(code), "1", kind=kind)

    async def numbers(**query: str) -> list[str]:
        listed = ok(await service.officer.get("/v1/agreements", params=query))["items"]
        return [one["number"] for one in listed]

    assert await numbers() == ["1", "2", "3"]
    assert await numbers(node=calls_feed.id_of("7.2.1")) == ["1", "3"]
    assert await numbers(kind="framework", office="04") == ["2", "3"]
    assert await numbers(number="2") == ["2"]
    assert await numbers(office="32") == await numbers(application=str(uuid4())) == []
    page = await service.officer.get("/v1/agreements?limit=2")
    rest = await service.officer.get(page.links["next"]["url"])
    assert [one["number"] for one in rest.json()["items"]] == ["3"]


async def test_a_correction_of_the_signing_leaves_an_amendment_of_the_same_day(office: Office) -> None:
    service, calls_feed = office
    path = "/v1/agreements/by-external-id/sl2014/1"
    body = {"number": "A/1", "kind": "grant", "node_id": calls_feed.id_of("7.2.1"), "signed_on": "2011-03-01"}
    body |= {"value_pln": "100.00"}
    signed = ok(await service.officer.put(path, json=body))
    amended = ok(await service.amend(signed, "150.00", "2011-03-01"))
    match = {"If-Match": f'"v{amended["version"]}"'}
    corrected = await service.officer.put(path, json=body | {"beneficiary": "Gmina Toruń"}, headers=match)
    assert (ok(corrected)["value_pln"], corrected.json()["beneficiary"]) == ("150.00", "Gmina Toruń")
    assert conserved(service) == Decimal("150.00")
    row = service.query("select number, value_pln from contracting_rollup where kind = 'grant'")
    assert row == [(1, Decimal("150.00"))]
    ((moment,),) = service.query("select clock_timestamp()")
    query = {"as_of": "2011-03-01", "known_at": moment.isoformat()}
    past = ok(await service.officer.get("/v1/reports/contracting", params=query))
    assert past["rows"][-1]["signed"] == {"number": 1, "value_pln": "150.00"}


async def test_a_correction_back_to_the_first_value_is_recorded(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    body = {name: signed[name] for name in ("number", "kind", "node_id", "signed_on")}
    path = f"/v1/agreements/{signed['id']}"
    for version, value in ((1, "120.00"), (2, "100.00")):
        headers = {"If-Match": f'"v{version}"'}
        corrected = ok(await service.officer.put(path, json=body | {"value_pln": value}, headers=headers))
        assert (corrected["value_pln"], corrected["version"]) == (value, version + 1)

    assert conserved(service) == Decimal(100)
