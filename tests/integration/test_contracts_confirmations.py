"""Unlikely values of contracts: refused without their tokens, stored with them, and who confirmed them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, codes, ok, tokens_of
from tests.support.services.contracts_service import ContractsService, running_contracts

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
        ({}, "", "field_invalid"),
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
