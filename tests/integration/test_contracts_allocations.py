"""Allocations: granted, revised, divided among territories, never counted twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls
from tests.support.waiting import wait_for_repeated_query

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database) as running:
        yield running


@pytest.fixture(scope="module")
async def shared(module_database: DatabaseUrls) -> AsyncIterator[Office]:
    """For tests that change nothing."""
    async with contracts_and_calls(module_database) as running:
        yield running


def body(node_id: str, **changed: Any) -> dict[str, Any]:
    return {
        "node_id": node_id,
        "amount_eur": "34650000",
        "rate_source": "nbp_a",
        "effective_on": "2007-01-01",
    } | changed


async def test_an_allocation_is_granted_revised_and_keeps_its_revisions(office: Office) -> None:
    service, calls_feed = office
    answer = await service.post("/v1/allocations", body(calls_feed.id_of("7.2"), note="Uchwała 16/134/07"))
    granted = ok(answer)
    assert (granted["amount_eur"], granted["office"], granted["revision"]) == ("34650000.00", "04", 1)
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"/v1/allocations/{granted['id']}")
    state = {"amount_eur": "36000000.50", "rate_source": "nbp_a", "effective_on": "2010-01-01"}
    path = answer.headers["location"]
    revised = await service.officer.put(path, json=state, headers={"If-Match": '"v1"'})
    assert (ok(revised)["revision"], revised.headers["etag"]) == (2, '"v2"')
    again = await service.officer.put(path, json=state, headers={"If-Match": '"v2"'})
    assert (ok(again)["revision"], again.headers["miernik-position"]) == (2, "contracts=3")
    detail = ok(await service.officer.get(path))
    assert [(one["amount_eur"], one["position"]) for one in detail["revisions"]] == [
        ("34650000.00", 2), ("36000000.50", 3),
    ]  # fmt: skip
    before, after = service.query("select before, after from change where position = 3")[0]
    assert (before["amount_eur"], after["amount_eur"]) == ("34650000.00", "36000000.50")


async def test_shares_of_territories_add_up_and_do_not_stand_beside_a_whole(office: Office) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.3")
    for territory in ("0402011", "040202"):
        await service.grant(node, "64700", territory=territory)
    again = await service.post("/v1/allocations", body(node, territory="040201"))
    assert_problem(again, 409, "allocation_exists")
    whole = await service.post("/v1/allocations", body(node))
    assert_problem(whole, 409, "allocation_counts_twice")
    await service.grant(calls_feed.id_of("7.2"), "1")
    share = await service.post("/v1/allocations", body(calls_feed.id_of("7.2"), territory="0402"))
    assert_problem(share, 409, "allocation_counts_twice")
    for around in ("0402", "04"):
        nested = await service.post("/v1/allocations", body(node, territory=around))
        assert_problem(nested, 409, "allocation_counts_twice", at="/territory")
    await service.grant(node, "1", territory="0403")
    within = await service.post("/v1/allocations", body(node, territory="040301"))
    assert_problem(within, 409, "allocation_counts_twice")
    listed = ok(await service.officer.get("/v1/allocations", params={"node": node}))["items"]
    assert [one["territory"] for one in listed] == ["040201", "040202", "0403"]
    only = ok(await service.officer.get("/v1/allocations?territory=040202"))["items"]
    assert [one["id"] for one in only] == [listed[1]["id"]]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"amount_eur": "1.234"}, "field_invalid"),
        ({"amount_eur": "64 700"}, "field_invalid"),
        ({"amount_eur": "64700 EUR"}, "field_invalid"),
        ({"amount_eur": {"amount": "64700", "currency": "PLN"}}, "field_invalid"),
        ({"amount_eur": "-1"}, "field_invalid"),
        ({"amount_eur": 0.1}, "field_invalid"),
        ({"amount_eur": "NaN"}, "field_invalid"),
        ({"amount_eur": "99999999999999999.00"}, "field_invalid"),
        ({"rate_source": "ecb"}, "field_invalid"),
        ({"effective_on": "2011-02-30"}, "field_invalid"),
        ({"territory": "4"}, "territory_lost_zero"),
        ({"territory": "x"}, "territory_malformed"),
        ({"territory": "321402"}, "territory_of_other_office"),
        ({"territory": "0402014"}, "territory_kind_unknown"),
        ({"value_eur": "1"}, "field_unknown"),
    ],
)
async def test_a_wrong_allocation_is_refused(shared: Office, changed: dict[str, Any], expected: str) -> None:
    service, calls_feed = shared
    refused = await service.post("/v1/allocations", body(calls_feed.id_of("7.2"), **changed))

    assert_problem(refused, 422, expected)
    assert service.query("select count(*) from allocation") == [(0,)]


async def test_without_a_key_no_money_is_promised(office: Office) -> None:
    service, calls_feed = office
    refused = await service.officer.post("/v1/allocations", json=body(calls_feed.id_of("7.2")))

    assert_problem(refused, 400, "idempotency_key_missing")


async def test_the_same_key_grants_once(office: Office) -> None:
    service, calls_feed = office
    key = {"Idempotency-Key": "once"}
    first, again = [await service.post("/v1/allocations", body(calls_feed.id_of("7.2")), **key) for _ in range(2)]

    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    assert service.query("select count(*) from allocation") == [(1,)]


async def test_a_node_that_calls_has_just_told_of_is_waited_for(office: Office) -> None:
    service, calls_feed = office
    unknown = str(uuid4())
    granting = asyncio.create_task(service.post("/v1/allocations", body(unknown)))
    await wait_for_repeated_query(service)
    calls_feed.node("7.4", "measure", "VII", id=unknown)
    assert (await granting).status_code == 201
    refused = await service.post("/v1/allocations", body(str(uuid4())))
    assert_problem(refused, 422, "node_unknown")


async def test_another_system_upserts_under_its_own_number(office: Office) -> None:
    service, calls_feed = office
    path = "/v1/allocations/by-external-id/lsi/A-7%2F11"
    assert (await service.officer.get(path)).status_code == 404
    stale = await service.officer.put(path, json=body(calls_feed.id_of("7.2")), headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    created = await service.officer.put(path, json=body(calls_feed.id_of("7.2")))
    assert (created.status_code, created.json()["external_ids"]) == (201, [{"system": "lsi", "value": "A-7/11"}])
    more = body(calls_feed.id_of("7.2"), external_ids=[{"system": "sap", "value": "9"}], amount_eur="1000000.00")
    assert (await service.officer.put(path, json=more)).status_code == 428
    changed = await service.officer.put(path, json=more, headers={"If-Match": '"v1"'})
    assert (changed.status_code, changed.json()["revision"], len(changed.json()["external_ids"])) == (200, 2, 2)
    read = ok(await service.officer.get(path))
    assert [one["revision"] for one in read["revisions"]] == [1, 2]
    moved = await service.officer.put(path, json=body(calls_feed.id_of("7.3")), headers={"If-Match": '"v2"'})
    assert_problem(moved, 409, "allocation_identity_changed")


async def test_two_who_revise_at_once_do_not_overwrite_each_other(office: Office) -> None:
    service, calls_feed = office
    granted = await service.grant(calls_feed.id_of("7.2"), "100")
    states = [{"amount_eur": str(n), "rate_source": "nbp_a", "effective_on": "2010-01-01"} for n in range(11, 16)]
    path, headers = f"/v1/allocations/{granted['id']}", {"If-Match": '"v1"'}
    answers = await asyncio.gather(*(service.officer.put(path, json=state, headers=headers) for state in states))

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_two_who_grant_at_once_do_not_count_twice(office: Office) -> None:
    service, calls_feed = office
    answers = await asyncio.gather(*(service.post("/v1/allocations", body(calls_feed.id_of("7.2"))) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_pages_of_allocations_are_whole(office: Office) -> None:
    service, calls_feed = office
    for code in ("7.1", "7.2", "7.3"):
        await service.grant(calls_feed.id_of(code), "5")
    first = await service.officer.get("/v1/allocations?limit=2")
    second = await service.officer.get(first.links["next"]["url"])
    ids = [one["id"] for answer in (first, second) for one in answer.json()["items"]]

    assert (len(ids), ids == sorted(ids), second.json()["next"]) == (3, True, None)


async def test_who_waited_for_a_revision_does_not_revise_what_it_replaced(office: Office) -> None:
    service, calls_feed = office
    granted = await service.grant(calls_feed.id_of("7.2"), "100")
    path, headers = f"/v1/allocations/{granted['id']}", {"If-Match": '"v1"'}
    states = [{"amount_eur": amount, "rate_source": "nbp_a", "effective_on": "2010-01-01"} for amount in ("50", "60")]
    with psycopg.connect(service.urls.superuser) as other:
        other.execute("select pg_advisory_xact_lock(hashtext('limits'), hashtext('all'))")
        revising = [asyncio.create_task(service.officer.put(path, json=state, headers=headers)) for state in states]
        await service.until_blocked(2, *revising)
        assert not any(one.done() for one in revising)
    answers = await asyncio.gather(*revising)

    assert sorted(answer.status_code for answer in answers) == [200, 412]
