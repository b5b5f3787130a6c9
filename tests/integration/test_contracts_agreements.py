"""Agreements: signed within the allocation at the rate of the day, amended, terminated, corrected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.agreements import Office, conserved
from tests.support.databases.postgres import PostgresServer
from tests.support.services.contracts_service import OfficeDatabase, contracts_on_a_copy


@pytest.fixture(scope="module")
async def shared(postgres_server: PostgresServer, office_database: OfficeDatabase) -> AsyncIterator[Office]:
    """For tests that change nothing."""
    async with contracts_on_a_copy(postgres_server, office_database, wait_for_calls_seconds=0) as running:
        yield running


async def test_an_agreement_is_signed_and_counts_under_all_above_it(office: Office) -> None:
    service, calls_feed = office
    answer = await service.sign("UDA-1/11-00", calls_feed.id_of("7.2.1"), "120.50", beneficiary="Stowarzyszenie Most")
    signed = ok(answer)
    assert signed == {
        "id": signed["id"], "office": "04", "number": "UDA-1/11-00", "kind": "grant", "application_id": None,
        "node_id": calls_feed.id_of("7.2.1"), "beneficiary": "Stowarzyszenie Most", "signed_on": "2011-03-01",
        "value_pln": "120.50", "terminated_on": None, "annulled": False, "version": 1, "external_ids": [],
    }  # fmt: skip
    assert (answer.headers["etag"], answer.headers["location"]) == ('"v1"', f"/v1/agreements/{signed['id']}")
    assert ok(await service.officer.get(answer.headers["location"])) == signed
    assert service.used() == dict.fromkeys(("7.2.1", "7.2", "VII"), Decimal("120.50"))
    assert service.query("select limit_pln from balance where limit_pln is not null") == [(400,), (400,)]
    families, data = service.query("select event->'families', event->'data' from change order by position desc")[0]
    assert (families, data["value_pln"], "beneficiary" in data) == (["agreements:04"], "120.50", False)


async def test_signing_beyond_the_allocation_at_the_rate_of_that_day_is_refused(office: Office) -> None:
    service, calls_feed = office
    await service.signed("1", calls_feed.id_of("7.2.1"), "350")
    refused = await service.sign("2", calls_feed.id_of("7.2.2"), "50.01")
    assert_problem(refused, 409, "allocation_exceeded")
    figures = {name: refused.json()[name] for name in ("node", "limit", "used", "asked", "node_id")}
    assert figures == {
        "node": "7.2", "limit": "400.00", "used": "350.00", "asked": "50.01", "node_id": calls_feed.id_of("7.2"),
    }  # fmt: skip
    assert "400,00\u00a0zł" in refused.json()["detail"]
    await service.signed("2", calls_feed.id_of("7.2.2"), "50.00")
    # The same allocation is worth less from July on; what was signed before stays.
    later = await service.sign("3", calls_feed.id_of("7.2.1"), "0.01", signed_on="2011-07-01")
    assert_problem(later, 409, "allocation_exceeded", limit="300.00", used="400.00")
    assert conserved(service) == Decimal(400)


async def test_a_recorded_decision_allows_more_up_to_its_limit_and_no_further(office: Office) -> None:
    service, calls_feed = office
    decision = {
        "node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "number": "VII/12/2011", "decided_on": "2011-02-01",
        "valid_from": "2011-02-15", "valid_to": "2011-03-31",
    }  # fmt: skip
    recorded = ok(await service.post("/v1/overcontracting-decisions", decision))
    assert recorded["limit_percent"] == "105.00"
    early = await service.sign("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-02-14")
    assert_problem(early, 409, "allocation_exceeded", limit="400.00")
    over = await service.sign("1", calls_feed.id_of("7.2.1"), "420.01")
    assert_problem(over, 409, "allocation_exceeded", limit="420.00")
    await service.signed("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-03-31")
    late = await service.sign("2", calls_feed.id_of("7.2.1"), "0.01", signed_on="2011-04-01")
    assert_problem(late, 409, "allocation_exceeded", limit="400.00")
    listed = ok(await service.officer.get("/v1/overcontracting-decisions"))["items"]
    assert listed == [recorded]
    assert ok(await service.officer.get(f"/v1/overcontracting-decisions/{recorded['id']}")) == recorded
    assert (await service.officer.get(f"/v1/overcontracting-decisions/{uuid4()}")).status_code == 404


async def test_of_several_decisions_the_one_recorded_last_counts(office: Office) -> None:
    service, calls_feed = office
    for percent in ("120", "110"):
        decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": percent, "number": percent}
        ok(await service.post("/v1/overcontracting-decisions", decision | {"decided_on": "2011-02-01"}))
    over = await service.sign("1", calls_feed.id_of("7.2.1"), "441")

    assert_problem(over, 409, "allocation_exceeded", limit="440.00")


async def test_decision_without_valid_from_holds_from_its_own_day(office: Office) -> None:
    service, calls_feed = office
    decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "number": "1", "decided_on": "2011-02-15"}
    ok(await service.post("/v1/overcontracting-decisions", decision))
    before = await service.sign("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-02-14")
    assert_problem(before, 409, "allocation_exceeded", limit="400.00")
    await service.signed("1", calls_feed.id_of("7.2.1"), "420", signed_on="2011-02-15")


async def test_less_is_always_allowed_and_needs_no_rate(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "400")
    await service.post("/v1/exchange-rates", {"source": "programming", "effective_on": "2011-01-01", "rate": "2"})
    reduced = ok(await service.amend(signed, "350", "2011-04-01"))
    assert (reduced["value_pln"], reduced["version"]) == ("350.00", 2)
    more = await service.amend(reduced, "350.01", "2011-05-01")
    assert_problem(more, 409, "allocation_exceeded", limit="200.00", used="350.00")
    assert conserved(service) == Decimal(350)


async def test_without_an_allocation_or_a_rate_nothing_is_signed(office: Office) -> None:
    service, calls_feed = office
    unallocated = await service.sign("1", calls_feed.id_of("7.3"), "1")
    assert_problem(unallocated, 409, "allocation_unknown")
    await service.grant(calls_feed.id_of("7.1"), "100", effective_on="2008-01-01")
    too_early = await service.sign("1", calls_feed.id_of("7.1.1"), "1", signed_on="2007-12-31")
    assert_problem(too_early, 409, "allocation_unknown")
    await service.grant(calls_feed.id_of("7.3"), "100", rate_source="nbp_a")
    refused = await service.sign("1", calls_feed.id_of("7.3"), "1")
    assert_problem(refused, 409, "rate_unknown", at="/signed_on")
    await service.add_rate("4", "2011-02-25", "nbp_a", table_no="39/A/NBP/2011")
    await service.signed("1", calls_feed.id_of("7.3"), "400")
    assert (await service.sign("2", calls_feed.id_of("7.3"), "1", signed_on="2011-03-08")).json()[
        "code"
    ] == "rate_unknown"


async def test_a_missing_rate_of_a_neighbour_is_in_nobody_s_way_until_it_matters(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100", rate_source="nbp_a")
    await service.signed("1", calls_feed.id_of("7.2.1"), "300")
    over = await service.sign("2", calls_feed.id_of("7.2.1"), "100.01")
    assert_problem(over, 409, "allocation_exceeded", node="7.2")
    # The priority's own share is the sum of its measures': as long as 400 PLN are enough, nobody need know more.
    await service.signed("3", calls_feed.id_of("VII"), "100")
    more = await service.sign("4", calls_feed.id_of("VII"), "0.01")
    assert_problem(more, 409, "rate_unknown", at="/signed_on")
    await service.add_rate("4", "2011-02-25", "nbp_a", table_no="39/A/NBP/2011")
    await service.signed("4", calls_feed.id_of("VII"), "400")
    assert conserved(service) == Decimal(800)


async def test_twenty_signings_beside_each_other_never_promise_too_much(office: Office) -> None:
    service, calls_feed = office
    nodes = [calls_feed.id_of(code) for code in ("7.2.1", "7.2.2", "7.2")]
    answers = await asyncio.gather(*(service.sign(f"R-{n}", nodes[n % 3], "30") for n in range(20)))
    statuses = [answer.status_code for answer in answers]

    assert (statuses.count(201), statuses.count(409)) == (13, 7)
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"allocation_exceeded"}
    assert service.used()["7.2"] == conserved(service) == Decimal(390)
    assert service.query("select count(*), sum(value_pln) from agreement_version") == [(13, 390)]


async def test_twenty_signings_below_and_above_meet_at_the_priority(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100")
    await service.grant(calls_feed.id_of("VII"), "150")
    nodes = [calls_feed.id_of(code) for code in ("7.3", "7.2.1", "7.2.2", "VII")]
    answers = await asyncio.gather(*(service.sign(f"R-{n}", nodes[n % 4], "50") for n in range(20)))

    assert sum(answer.status_code == 201 for answer in answers) == 12
    assert service.used()["VII"] == conserved(service) == Decimal(600)


async def test_raises_beside_signings_never_promise_too_much(office: Office) -> None:
    service, calls_feed = office
    agreements = [await service.signed(f"A-{n}", calls_feed.id_of("7.2.1"), "10") for n in range(10)]
    raising = [service.amend(one, "40", "2011-04-01") for one in agreements]
    signing = [service.sign(f"B-{n}", calls_feed.id_of("7.2.2"), "30") for n in range(10)]
    answers = await asyncio.gather(*raising, *signing)

    assert sum(answer.is_success for answer in answers) == 10
    assert conserved(service) == Decimal(400)


async def test_the_database_itself_holds_the_cap(office: Office) -> None:
    service, calls_feed = office
    await service.signed("1", calls_feed.id_of("7.2.1"), "400")
    with pytest.raises(Exception, match="balance_within_limit"):
        service.query("update balance set used_pln = used_pln + 0.01")


async def test_an_amendment_takes_effect_on_its_day_in_whatever_order_they_come(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    second = ok(await service.amend(signed, "130", "2011-06-01", "-02"))
    first = ok(await service.amend(second, "110", "2011-04-01", "-01"))
    assert (first["value_pln"], first["version"]) == ("130.00", 3)
    steps = service.query("select effective_on::text, number, value_pln from contracting_rollup order by 1")
    assert steps == [("2011-03-01", 1, 100), ("2011-04-01", 0, 10), ("2011-06-01", 0, 20)]
    versions = ok(await service.officer.get(f"/v1/agreements/{signed['id']}/versions"))
    assert [(one["action"], one["amendment_number"], one["value_pln"]) for one in versions] == [
        ("signed", None, "100.00"), ("amended", "-02", "130.00"), ("amended", "-01", "110.00"),
    ]  # fmt: skip
    assert conserved(service) == Decimal(130)


async def test_an_amendment_before_the_agreement_or_known_already_is_refused(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    early = await service.amend(signed, "90", "2011-02-28")
    assert_problem(early, 422, "amendment_before_signing")
    assert "2011-03-01" in early.json()["errors"][0]["message"]
    amended = ok(await service.amend(signed, "90", "2011-03-01", "-01"))
    again = await service.amend(amended, "80", "2011-05-01", "-01")
    assert_problem(again, 409, "amendment_number_taken", at="/amendment_number")
    stale = await service.amend(signed, "80", "2011-05-01", "-02")
    assert (stale.status_code, stale.headers["etag"]) == (412, '"v2"')
    path = f"/v1/agreements/{signed['id']}/amendments"
    body = {"amendment_number": "-02", "effective_on": "2011-05-01", "value_pln": "80"}
    unmatched = await service.post(path, body)
    assert_problem(unmatched, 428, "if_match_missing")
    keyless = await service.officer.post(path, json=body, headers={"If-Match": '"v2"'})
    assert_problem(keyless, 400, "idempotency_key_missing")
    missing = await service.post(f"/v1/agreements/{uuid4()}/amendments", body, **{"If-Match": '"v1"'})
    assert_problem(missing, 404, "agreement_not_found")
    assert conserved(service) == Decimal(90)


async def test_a_terminated_agreement_counts_no_more_and_frees_its_allocation(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "400")
    early = await service.terminate(signed, "2011-02-28")
    assert_problem(early, 422, "termination_before_signing")
    ended = ok(await service.terminate(signed, "2011-05-01"))
    assert (ended["terminated_on"], ended["value_pln"], ended["version"]) == ("2011-05-01", "400.00", 2)
    assert conserved(service) == Decimal(0)
    for answer in (await service.amend(ended, "1", "2011-06-01"), await service.terminate(ended, "2011-06-01")):
        assert_problem(answer, 409, "agreement_terminated")
    await service.signed("2", calls_feed.id_of("7.2.1"), "400", signed_on="2011-05-01")


async def test_last_value_of_an_agreement_is_that_of_its_last_version(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    amended = ok(await service.amend(signed, "70", "2011-10-01"))
    ended = ok(await service.terminate(amended, "2011-08-01"))
    versions = ok(await service.officer.get(f"/v1/agreements/{signed['id']}/versions"))
    assert [version["value_pln"] for version in versions] == ["100.00", "70.00", "100.00"]
    read = ok(await service.officer.get(f"/v1/agreements/{signed['id']}"))
    assert read["value_pln"] == ended["value_pln"] == versions[-1]["value_pln"]


async def test_what_takes_effect_on_a_day_to_come_frees_nothing_today(office: Office) -> None:
    service, calls_feed = office
    first = await service.signed("A/1", calls_feed.id_of("7.2.1"), "400.00")
    refused = [await service.amend(first, "0.01", "2999-01-01"), await service.terminate(first, "2999-01-01")]
    for answer in refused:
        assert_problem(answer, 422, "effective_in_the_future")
    second = await service.sign("A/2", calls_feed.id_of("7.2.1"), "400.00")

    assert_problem(second, 409, "allocation_exceeded")
    assert conserved(service) == Decimal("400.00")


async def test_the_cap_holds_on_days_that_have_passed_too(office: Office) -> None:
    service, calls_feed = office
    first = await service.signed("1", calls_feed.id_of("7.2.1"), "300", signed_on="2011-02-01")
    first = ok(await service.terminate(first, "2011-06-01"))
    before = await service.sign("2", calls_feed.id_of("7.2.2"), "100.01", signed_on="2011-05-31")
    figures = {name: before.json()[name] for name in ("code", "node", "limit", "used", "asked", "day")}
    assert (before.status_code, figures) == (409, {
        "code": "allocation_exceeded", "node": "7.2", "limit": "400.00", "used": "300.00", "asked": "100.01",
        "day": "2011-05-31",
    })  # fmt: skip
    assert conserved(service) == Decimal(0)
    second = await service.signed("2", calls_feed.id_of("7.2.2"), "100.01", signed_on="2011-06-01")
    # Less now, more then: what counts is each day.
    reduced = ok(await service.amend(second, "50", "2011-06-20"))
    third = await service.sign("3", calls_feed.id_of("7.2.1"), "300", signed_on="2011-06-10")
    assert (third.status_code, third.json()["used"], third.json()["day"]) == (409, "100.01", "2011-06-10")
    assert (await service.sign("3", calls_feed.id_of("7.2.1"), "300", signed_on="2011-06-20")).status_code == 201
    more = await service.amend(reduced, "100.01", "2011-06-15")
    assert more.status_code == 201
    again = await service.amend(ok(more), "101", "2011-06-21")
    assert (again.status_code, again.json()["used"]) == (409, "350.00")


async def test_two_who_amend_at_once_do_not_overwrite_each_other(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100")
    answers = await asyncio.gather(*(service.amend(signed, f"{n}", "2011-04-01") for n in range(1, 6)))

    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412, 412]
    assert conserved(service) == service.query("select value_pln from agreement_version where version = 2")[0][0]


async def test_a_number_is_used_once_in_an_office(office: Office) -> None:
    service, calls_feed = office
    answers = await asyncio.gather(*(service.sign("UDA", calls_feed.id_of("7.2.1"), "1") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["code"] == "agreement_number_taken"
    assert refused["agreement"] == next(answer.json()["id"] for answer in answers if answer.status_code == 201)


async def test_the_same_key_signs_once(office: Office) -> None:
    service, calls_feed = office
    key = {"Idempotency-Key": "once"}
    first, again = [await service.sign("1", calls_feed.id_of("7.2.1"), "10") for _ in range(1)] * 2
    body = {"number": "2", "kind": "framework", "node_id": calls_feed.id_of("7.2.1"), "signed_on": "2011-03-01"}
    first, again = [await service.post("/v1/agreements", body | {"value_pln": "10"}, **key) for _ in range(2)]
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    other = await service.post("/v1/agreements", body | {"value_pln": "11"}, **key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert conserved(service) == Decimal(20)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"value_pln": "1.234"}, "field_invalid"),
        ({"value_pln": "100 EUR"}, "field_invalid"),
        ({"value_pln": "100,50"}, "field_invalid"),
        ({"value_pln": {"amount": "100.00", "currency": "EUR"}}, "field_invalid"),
        ({"value_pln": 100.5}, "field_invalid"),
        ({"value_pln": "0"}, "field_invalid"),
        ({"value_pln": "-5"}, "field_invalid"),
        ({"kind": "loan"}, "field_invalid"),
        ({"number": " "}, "field_invalid"),
        ({"number": None}, "field_invalid"),
        ({"signed_on": "2011-13-01"}, "field_invalid"),
        ({"signed_on": "2999-01-01"}, "signed_in_the_future"),
        ({"node_id": str(uuid4())}, "node_unknown"),
        ({"node_id": None}, "node_required"),
        ({"application_id": "7"}, "field_invalid"),
        ({"value_eur": "1"}, "field_unknown"),
    ],
)
async def test_a_wrong_agreement_is_refused_whole(shared: Office, changed: dict[str, Any], expected: str) -> None:
    service, calls_feed = shared
    body = {
        "number": "1",
        "kind": "grant",
        "node_id": calls_feed.id_of("7.2.1"),
        "signed_on": "2011-03-01",
        "value_pln": "10",
    }
    refused = await service.post("/v1/agreements", body | changed)
    assert_problem(refused, 422, expected)
    english = await service.post("/v1/agreements", body | changed, **{"Accept-Language": "en"})
    assert english.json()["errors"][0]["message"] != refused.json()["errors"][0]["message"]
    assert service.query("select count(*) from agreement") == [(0,)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"limit_percent": "99.99"}, "field_invalid"),
        ({"limit_percent": "105.001"}, "field_invalid"),
        ({"limit_percent": 105.5}, "field_invalid"),
        ({"valid_from": "2011-02-01", "valid_to": "2011-01-31"}, "validity_ends_before_it_begins"),
        ({"valid_to": "2010-12-31"}, "validity_ends_before_it_begins"),
        ({"decided_on": "2999-01-01"}, "decided_in_the_future"),
        ({"node_id": str(uuid4())}, "node_unknown"),
        ({"number": ""}, "field_invalid"),
    ],
)
async def test_a_wrong_decision_is_refused(shared: Office, changed: dict[str, Any], expected: str) -> None:
    service, calls_feed = shared
    body = {
        "node_id": calls_feed.id_of("7.2"),
        "limit_percent": "105",
        "number": "1",
        "decided_on": "2011-01-01",
    } | changed
    refused = await service.post("/v1/overcontracting-decisions", body)

    assert_problem(refused, 422, expected)
