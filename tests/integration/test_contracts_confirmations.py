"""Unlikely values of contracts: refused without their tokens, stored with them, and who confirmed them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, codes, ok, tokens_of
from tests.support.builders.agreements import Office
from tests.support.databases.postgres import PostgresServer
from tests.support.services.contracts_service import (
    ContractsService,
    OfficeDatabase,
    contracts_on_a_copy,
    running_contracts,
)

from miernik_local.provision import DatabaseUrls

RATES, IMPORTS = "/v1/exchange-rates", "/v1/exchange-rate-imports?source=nbp_a"
LOST = {"source": "office", "office": "04", "effective_on": "2011-08-31", "rate": "41443"}
OTHER_TOKEN = "bcdfghjkmnpq"


@pytest.fixture
async def service(database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    """A service with one rate of a day before."""
    async with running_contracts(database) as running:
        await running.add_rate("4.1485", "2011-08-30", "nbp_a", table_no="167/A/NBP/2011")
        yield running


def nbp_file(*mids: str) -> dict[str, Any]:
    """An answer of the NBP's API for the working days from 2011-09-05 on."""
    rates = [
        {"no": f"{171 + n}/A/NBP/2011", "effectiveDate": f"2011-09-{5 + n:02}", "mid": json.loads(mid)}
        for n, mid in enumerate(mids)
    ]
    return {"table": "A", "code": "EUR", "rates": rates}


async def test_rate_without_its_decimal_point_is_stored_only_when_confirmed(service: ContractsService) -> None:
    before = service.row_counts()
    refused = await service.post(RATES, LOST)
    (token,) = tokens_of(refused)
    (error,) = refused.json()["errors"]

    assert service.row_counts() == before
    assert (error["pointer"], error["code"], error["params"]["usual"]) == ("/rate", "rate_far_from_others", "4.1485")
    assert "41 443" in error["message"].replace("\xa0", " ")
    assert refused.json()["confirmations"] == [{"code": "rate_far_from_others", "count": 1, "token": token}]
    assert ok(await service.post(f"{RATES}?confirm={token}", LOST))["rate"] == "41443.000000"


async def test_confirmation_names_client_token_finding_and_value(service: ContractsService) -> None:
    (token,) = tokens_of(await service.post(RATES, LOST))
    ok(await service.post(f"{RATES}?confirm={token}", LOST))
    (listed,) = ok(await service.officer.get("/v1/confirmations/contracts"))["items"]
    (confirmed,) = listed["confirmed"]

    assert (listed["client"], listed["position"], listed["action"]) == ("officer", 2, "exchange-rates.recorded")
    assert (confirmed["token"], confirmed["code"], confirmed["pointer"], confirmed["value"]) == (
        token, "rate_far_from_others", "/rate", "41443",
    )  # fmt: skip
    assert service.query("select after -> 'confirmed' from change where position = 2") == [([confirmed],)]
    of_subject = await service.officer.get("/v1/confirmations/contracts?subject=exchange-rates/nbp_a/EUR")
    assert ok(of_subject)["items"] == []
    stranger = service.caller("gmina", region=False)
    assert ok(await stranger.get("/v1/confirmations/contracts"))["items"] == []


@pytest.mark.parametrize(
    ("changed", "query", "code"),
    [
        ({}, OTHER_TOKEN, "confirmation_required"),
        ({"rate": "41444"}, "{token}", "confirmation_required"),
        ({"effective_on": "2011-08-29"}, "{token}", "confirmation_required"),
        ({"rate": "4.1443"}, "{token}", "confirmation_unknown"),
        ({}, "{token},bcdfghjkmnpq", "confirmation_unknown"),
        ({}, "{token},{token}", "confirmation_repeated"),
        ({}, "", "parameter_empty"),
        ({}, "{token},", "field_invalid"),
        ({}, "{token} ", "field_invalid"),
        ({}, "TOKEN", "field_invalid"),
    ],
)
async def test_token_that_does_not_fit_stores_nothing(
    service: ContractsService, changed: dict[str, str], query: str, code: str
) -> None:
    (token,) = tokens_of(await service.post(RATES, LOST))
    before = service.row_counts()
    refused = await service.post(f"{RATES}?confirm={query.format(token=token)}", LOST | changed)

    assert refused.status_code == 422
    assert code in {refused.json()["code"], *codes(refused)}
    assert service.row_counts() == before


async def test_endpoint_without_unlikely_values_takes_no_confirmation(service: ContractsService) -> None:
    refused = await service.post(f"/v1/agreements/{OTHER_TOKEN}/annulment?confirm={OTHER_TOKEN}", {})

    assert_problem(refused, 422, "parameter_unknown", at="/query/confirm")


async def test_refused_request_leaves_its_idempotency_key_free(service: ContractsService) -> None:
    key = service.new_key()
    (token,) = tokens_of(await service.officer.post(RATES, json=LOST, headers=key))
    confirmed = await service.officer.post(f"{RATES}?confirm={token}", json=LOST, headers=key)
    repeated = await service.officer.post(f"{RATES}?confirm={token}", json=LOST, headers=key)

    assert (confirmed.status_code, repeated.status_code) == (201, 201)
    assert repeated.headers["idempotency-replayed"] == "true"
    unconfirmed = await service.officer.post(RATES, json=LOST, headers=key)
    assert_problem(unconfirmed, 422, "idempotency_key_reused")


async def test_confirmed_rate_sent_again_changes_nothing(service: ContractsService) -> None:
    (token,) = tokens_of(await service.post(RATES, LOST))
    ok(await service.post(f"{RATES}?confirm={token}", LOST))

    assert (await service.post(f"{RATES}?confirm={token}", LOST)).status_code == 200
    assert (await service.post(RATES, LOST)).status_code == 200
    assert_problem(await service.post(f"{RATES}?confirm={OTHER_TOKEN}", LOST), 422, "confirmation_unknown")


async def test_file_names_each_unlikely_rate_and_takes_them_all_or_one_by_one(service: ContractsService) -> None:
    file = nbp_file("43917", "4.3917", "0.41443")
    refused = await service.post(IMPORTS, file)
    single = tokens_of(refused)
    (kind,) = refused.json()["confirmations"]

    assert [error["pointer"] for error in refused.json()["errors"]] == ["/rates/0/mid", "/rates/2/mid"]
    assert (kind["count"], kind["token"] in single) == (2, False)
    half = await service.post(f"{IMPORTS}&confirm={single[0]}", file)
    assert tokens_of(half) == single[1:]
    for tokens in (f"{kind['token']},{single[0]}", f"{','.join(single)},{kind['token']}"):
        assert_problem(await service.post(f"{IMPORTS}&confirm={tokens}", file), 422, "confirmation_unknown")
    assert ok(await service.post(f"{IMPORTS}&confirm={','.join(single)}", file))["added"] == 3


async def test_token_of_a_kind_confirms_a_whole_file_but_no_other(service: ContractsService) -> None:
    file = nbp_file("43917", "43918")
    token = (await service.post(IMPORTS, file)).json()["confirmations"][0]["token"]

    assert tokens_of(await service.post(f"{IMPORTS}&confirm={token}", nbp_file("43917", "43919")))
    assert ok(await service.post(f"{IMPORTS}&confirm={token}", file))["added"] == 2
    (listed,) = ok(await service.officer.get("/v1/confirmations/contracts"))["items"]
    assert [(one["token"], one["count"], one["value"]) for one in listed["confirmed"]] == [(token, 2, None)]


async def test_table_number_below_that_of_an_earlier_day_is_unlikely(service: ContractsService) -> None:
    later = {"source": "nbp_a", "table_no": "68/A/NBP/2011", "effective_on": "2011-08-31", "rate": "4.1445"}
    refused = await service.post(RATES, later)

    assert (tokens_of(refused) != [], codes(refused)) == (True, ["rate_table_out_of_order"])


@pytest.fixture
async def money(postgres_server: PostgresServer, office_database: OfficeDatabase) -> AsyncIterator[Office]:
    """An office whose measure 7.2 has 100 EUR."""
    async with contracts_on_a_copy(postgres_server, office_database, wait_for_calls_seconds=0) as running:
        yield running


async def confirm(service: ContractsService, path: str, body: dict[str, Any], code: str, **headers: str) -> Any:
    """Send a request that is refused with this code, confirm it, and return the answer."""
    before = service.row_counts()
    refused = await service.post(path, body, **headers)
    tokens = tokens_of(refused)
    assert (set(codes(refused)), service.row_counts()) == ({code}, before)
    return ok(await service.post(f"{path}?confirm={','.join(tokens)}", body, **headers))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("0011-03-01", "day_year_incomplete"), ("1899-12-30", "day_zero_of_spreadsheet"),
        ("1911-03-01", "day_too_early"),
    ],
)  # fmt: skip
async def test_impossible_days_of_money_are_refused(money: Office, day: str, code: str) -> None:
    service, calls_feed = money
    node = calls_feed.id_of("7.3")
    allocation = {"node_id": node, "amount_eur": "100", "rate_source": "programming", "effective_on": day}
    decision = {"node_id": node, "limit_percent": "105", "number": "1", "decided_on": day}
    rate = {"source": "programming", "rate": "4", "effective_on": day}
    signing = await service.sign("1", calls_feed.id_of("7.2.1"), "1", signed_on=day)

    assert_problem(signing, 422, code, at="/signed_on")
    assert_problem(await service.post("/v1/allocations", allocation), 422, code, at="/effective_on")
    assert_problem(await service.post(RATES, rate), 422, code, at="/effective_on")
    assert_problem(await service.post("/v1/overcontracting-decisions", decision), 422, code, at="/decided_on")


async def test_days_of_money_in_the_far_future_are_refused(money: Office) -> None:
    service, calls_feed = money
    node, day = calls_feed.id_of("7.3"), "2111-03-01"
    allocation = {"node_id": node, "amount_eur": "100", "rate_source": "programming", "effective_on": day}
    decision = {"node_id": node, "limit_percent": "105", "number": "1", "decided_on": "2011-03-01", "valid_to": day}
    rate = {"source": "programming", "rate": "4", "effective_on": day}

    assert_problem(await service.post("/v1/allocations", allocation), 422, "day_too_late", at="/effective_on")
    assert_problem(await service.post(RATES, rate), 422, "day_too_late", at="/effective_on")
    assert_problem(await service.post("/v1/overcontracting-decisions", decision), 422, "day_too_late", at="/valid_to")


async def test_money_from_before_the_programme_needs_a_confirmation(money: Office) -> None:
    service, calls_feed = money
    allocation = {
        "node_id": calls_feed.id_of("7.3"), "amount_eur": "100", "rate_source": "programming",
        "effective_on": "2006-12-31",
    }  # fmt: skip
    decision = {
        "node_id": calls_feed.id_of("7.3"), "limit_percent": "105", "number": "1", "decided_on": "2006-12-31",
    }  # fmt: skip

    await confirm(service, "/v1/allocations", allocation, "day_before_programme")
    await confirm(service, "/v1/overcontracting-decisions", decision, "day_before_programme")


@pytest.mark.parametrize(
    ("amount", "code"),
    [("10000", "allocation_far_from_former"), ("1", "allocation_far_from_former"), ("0", "allocation_of_nothing")],
)
async def test_allocation_changed_by_a_factor_of_a_hundred_is_unlikely(money: Office, amount: str, code: str) -> None:
    service, _ = money
    (one,) = ok(await service.officer.get("/v1/allocations"))["items"]
    body = {"amount_eur": amount, "rate_source": "programming", "effective_on": "2007-01-01"}
    path, match = f"/v1/allocations/{one['id']}", {"If-Match": f'"v{one["revision"]}"'}
    refused = await service.officer.put(path, json=body, headers=match)
    (token,) = tokens_of(refused)

    assert codes(refused) == [code]
    changed = await service.officer.put(f"{path}?confirm={token}", json=body, headers=match)
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    noted = await service.officer.put(path, json=body | {"note": "Uchwała"}, headers={"If-Match": '"v2"'})
    assert noted.status_code == 200


async def test_decision_of_a_hundred_times_the_limit_is_unlikely(money: Office) -> None:
    service, calls_feed = money
    body = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "10500", "number": "1", "decided_on": "2011-01-01"}

    await confirm(service, "/v1/overcontracting-decisions", body, "limit_unusually_high")
    ok(await service.post("/v1/overcontracting-decisions", body | {"number": "2", "limit_percent": "200"}))


@pytest.mark.parametrize(
    ("value", "likely"), [("199999.99", True), ("200000", False), ("200.00", False), ("200.01", True)]
)
async def test_agreement_far_from_its_application_is_unlikely(money: Office, value: str, likely: bool) -> None:
    service, calls_feed = money
    await service.grant(calls_feed.id_of("7.3"), "1000000")
    application = calls_feed.accepted("W-1", "7.3", "2011-02-01", "20000.00")
    await service.wait_until_applied(calls_feed)
    body = {
        "number": "1", "kind": "grant", "application_id": application, "signed_on": "2011-03-01", "value_pln": value,
    }  # fmt: skip
    if likely:
        ok(await service.post("/v1/agreements", body))
    else:
        await confirm(service, "/v1/agreements", body, "agreement_far_from_application")


@pytest.mark.parametrize("value", ["500.00", "5000000.00"])
async def test_amendment_by_a_factor_of_a_hundred_is_unlikely(money: Office, value: str) -> None:
    service, calls_feed = money
    await service.grant(calls_feed.id_of("7.3"), "10000000")
    signed = await service.signed("1", calls_feed.id_of("7.3"), "50000.00")
    amendment = {"amendment_number": "-01", "effective_on": "2011-04-01", "value_pln": value}
    path, match = f"/v1/agreements/{signed['id']}/amendments", {"If-Match": '"v1"'}

    amended = await confirm(service, path, amendment, "agreement_far_from_former", **match)
    corrected = {"number": "1", "kind": "grant", "node_id": signed["node_id"], "signed_on": "2011-03-01"}
    refused = await service.officer.put(
        f"/v1/agreements/{signed['id']}",
        json=corrected | {"value_pln": value},
        headers={"If-Match": f'"v{amended["version"]}"'},
    )
    assert (len(tokens_of(refused)), codes(refused)) == (1, ["agreement_far_from_former"])


async def test_corrected_value_that_fits_its_application_needs_no_confirmation(money: Office) -> None:
    service, calls_feed = money
    await service.grant(calls_feed.id_of("7.3"), "10000000")
    application = calls_feed.accepted("W-1", "7.3", "2011-02-01", "50000.00")
    await service.wait_until_applied(calls_feed)
    body = {"number": "1", "kind": "grant", "application_id": application, "signed_on": "2011-03-01"}
    mistyped = body | {"value_pln": "500.00"}
    signed = await confirm(service, "/v1/agreements", mistyped, "agreement_far_from_application")
    corrected = await service.officer.put(
        f"/v1/agreements/{signed['id']}", json=body | {"value_pln": "50000.00"}, headers={"If-Match": '"v1"'}
    )

    assert corrected.status_code == 200
