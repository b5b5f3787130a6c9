"""Days and amounts of applications and calls that cannot be, or that need a confirmation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.support.answers import assert_problem, codes, ok, tokens_of
from tests.support.builders.applications import APPLICATIONS, IMPORTS, submitted
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_service import CALLS, CallsService, call, calls_on_a_copy

from miernik_local.provision import DatabaseUrls

CSV = {"Content-Type": "text/csv"}
HEADER = "number;node;submitted_on;submitted_value_pln\n"
CONFIRMED = "/v1/confirmations/calls"


@pytest.fixture
async def service(postgres_server: PostgresServer, tree_database: DatabaseUrls) -> AsyncIterator[CallsService]:
    async with calls_on_a_copy(postgres_server, tree_database) as running:
        yield running


async def send(service: CallsService, *rows: str, **query: str) -> httpx.Response:
    content = (HEADER + "".join(f"{row}\n" for row in rows)).encode()
    return await service.officer.post(IMPORTS, params={"office": "04", **query}, content=content, headers=CSV)


def rows_of(count: int, value: str = "50000,00", first: int = 1) -> list[str]:
    return [f"W-{number};7.3;2011-08-31;{value}" for number in range(first, first + count)]


IMPOSSIBLE = [
    ("0011-08-31", "day_year_incomplete"), ("0211-08-31", "day_year_incomplete"),
    ("1899-12-30", "day_zero_of_spreadsheet"), ("1900-01-01", "day_zero_of_spreadsheet"),
    ("1904-01-01", "day_zero_of_spreadsheet"), ("1911-08-31", "day_too_early"), ("1998-12-31", "day_too_early"),
    ("2111-08-31", "day_in_the_future"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "code"), IMPOSSIBLE)
async def test_impossible_day_is_refused_alone_and_in_a_list(service: CallsService, day: str, code: str) -> None:
    before = service.row_counts()
    alone = await service.officer.post(APPLICATIONS, json=submitted("W-1", submitted_on=day))
    polish = ".".join(reversed(day.split("-")))
    listed = await send(service, f"W-1;7.3;{polish};100", dry_run="true")

    assert_problem(alone, 422, code, at="/submitted_on")
    assert day in alone.json()["errors"][0]["message"]
    assert_problem(listed, 422, code, at="/rows/2/submitted_on")
    (error,) = listed.json()["errors"]
    assert (error["row"], "token" in error, day in error["message"]) == (2, False, True)
    assert service.row_counts() == before


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31.08.11", "day_with_two_digit_year"), ("11-08-31", "day_with_two_digit_year"),
        ("31/08/11", "day_with_two_digit_year"), ("08.31.2011", "day_and_month_swapped"),
        ("2011-31-08", "day_and_month_swapped"), ("31.02.2011", "day_malformed"), ("wczoraj", "day_malformed"),
    ],
)  # fmt: skip
async def test_cell_that_is_no_day_says_what_is_wrong_with_it(service: CallsService, cell: str, code: str) -> None:
    refused = await send(service, f"W-1;7.3;{cell};100", dry_run="true")

    assert_problem(refused, 422, code, at="/rows/2/submitted_on", seen=cell)


@pytest.mark.parametrize(("day", "reason"), [("11-08-31", "day_two_digit_year"), ("2011-31-08", "day_swapped")])
async def test_field_that_is_no_day_says_what_is_wrong_with_it(service: CallsService, day: str, reason: str) -> None:
    refused = await service.officer.post(APPLICATIONS, json=submitted("W-1", submitted_on=day))

    assert_problem(refused, 422, "field_invalid", at="/submitted_on", reason=reason)


@pytest.mark.parametrize("field", ["announced_on", "closes_on", "valid_from"])
@pytest.mark.parametrize("day", ["0011-08-31", "1899-12-30", "2111-08-31"])
async def test_impossible_day_of_a_call_is_refused(service: CallsService, field: str, day: str) -> None:
    body = call(node="7.3") | {field: day}
    refused = await service.officer.post(CALLS, json=body)

    assert refused.status_code == 422
    assert f"/{field}" in {error["pointer"] for error in refused.json()["errors"]}


async def test_call_announced_before_its_programme_needs_a_confirmation(service: CallsService) -> None:
    body = call(node="7.3", announced_on="2006-12-31", planned_signing_from="2006-11")
    refused = await service.officer.post(CALLS, json=body)
    tokens = tokens_of(refused)

    assert codes(refused) == ["day_before_programme"] * 2
    made = ok(await service.officer.post(f"{CALLS}?confirm={','.join(tokens)}", json=body))
    # What was confirmed once and does not change is no question again.
    changed = await service.officer.put(
        f"{CALLS}/{made['id']}", json=body | {"title": "Inny"}, headers={"If-Match": '"v1"'}
    )
    assert changed.status_code == 200


async def test_list_from_before_the_programme_is_confirmed_as_a_whole(service: CallsService) -> None:
    rows = [f"W-{number};7.3;2006-12-31;50000,00" for number in range(40)]
    before = service.row_counts()
    refused = await send(service, *rows)
    (kind,) = refused.json()["confirmations"]

    assert (len(tokens_of(refused)), kind["code"], kind["count"]) == (40, "day_before_programme", 40)
    assert service.row_counts() == before
    rehearsed = ok(await send(service, *rows, dry_run="true"))
    assert (rehearsed["outcome"], rehearsed["confirmations"], rehearsed["created"]) == ("unconfirmed", [kind], 40)
    assert {finding["severity"] for finding in rehearsed["first_findings"]} == {"confirm"}
    assert ok(await send(service, *rows, dry_run="true", confirm=kind["token"]))["outcome"] == "accepted_with_warnings"
    assert service.row_counts() == before


async def test_receipt_of_a_list_names_what_was_confirmed(service: CallsService) -> None:
    rows = ["W-1;7.3;2006-12-31;50000,00", "W-2;7.3;2011-08-31;50000,00"]
    (token,) = tokens_of(await send(service, *rows))
    made = await send(service, *rows, confirm=token)
    (confirmed,) = ok(made)["confirmed"]

    assert (made.status_code, confirmed["token"]) == (201, token)
    assert (confirmed["pointer"], confirmed["value"]) == ("/rows/2/submitted_on", "2006-12-31")
    receipt = ok(await service.officer.get(made.json()["links"]["self"]))
    assert receipt["confirmed"] == [confirmed]
    findings = ok(await service.officer.get(made.json()["links"]["findings"]))["items"]
    assert [(one["severity"], one["token"]) for one in findings] == [("confirm", token)]
    (audit,) = ok(await service.officer.get(CONFIRMED))["items"]
    assert (audit["client"], audit["confirmed"]) == ("officer", [confirmed])
    # The same list again is the same list; a further row is no second question about the first one.
    again = await send(service, *rows, confirm=token)
    assert (again.status_code, again.json()["replayed"], again.json()["confirmed"]) == (200, True, [confirmed])
    assert ok(await send(service, *rows, "W-3;7.3;2011-08-31;50000,00"))["created"] == 1


async def test_token_of_another_list_confirms_nothing(service: CallsService) -> None:
    (token,) = tokens_of(await send(service, "W-1;7.3;2006-12-31;50000,00"))
    for rows in (["W-1;7.3;2006-12-30;50000,00"], ["W-2;7.3;2006-12-31;50000,00"], ["W-1;7.3;2006-12-31;50000,01"]):
        assert token not in tokens_of(await send(service, *rows, confirm=token))
    assert_problem(await send(service, *rows_of(1), confirm=token), 422, "confirmation_unknown")
    assert_problem(await send(service, *rows_of(1), confirm=token, dry_run="true"), 422, "confirmation_unknown")


async def test_unlikely_value_in_a_rejected_list_needs_no_token(service: CallsService) -> None:
    rows = ["W-1;7.3;2006-12-31;50000,00", "W-2;7.3;jutro;1"]
    rejected = await send(service, *rows)

    assert_problem(rejected, 422, "import_rejected")
    assert sorted(codes(rejected)) == ["day_before_programme", "day_malformed"]
    # With `partial` the valid rows would be stored, and so must be confirmed.
    (token,) = tokens_of(await send(service, *rows, partial="true"))
    stored = ok(await send(service, *rows, partial="true", confirm=token))
    assert (stored["outcome"], stored["created"]) == ("partially_accepted", 1)


@pytest.mark.parametrize(
    ("value", "code"), [("5000000,00", "value_far_from_others"), ("4999999,99", None), ("1,00", None)]
)
async def test_amount_far_above_the_others_of_a_list_is_unlikely(
    service: CallsService, value: str, code: str | None
) -> None:
    answer = ok(await send(service, *rows_of(6), *rows_of(1, value, first=7), dry_run="true"))

    assert [one["code"] for one in answer["first_findings"]] == ([code] if code else [])


async def test_amount_far_above_the_stored_ones_of_its_node_is_unlikely(service: CallsService) -> None:
    ok(await send(service, *rows_of(5)))
    body = submitted("X", node="7.3", submitted_value_pln="5000000.00")
    refused = await service.officer.post(APPLICATIONS, json=body)
    (token,) = tokens_of(refused)

    assert codes(refused) == ["value_far_from_others"]
    assert refused.json()["errors"][0]["pointer"] == "/submitted_value_pln"
    made = ok(await service.officer.post(f"{APPLICATIONS}?confirm={token}", json=body))
    assert made["findings"] == []
    ok(await service.officer.post(APPLICATIONS, json=submitted("Y", node="7.2.1", submitted_value_pln="5000000.00")))


async def test_amount_of_a_hundred_budgets_of_its_call_is_unlikely(service: CallsService) -> None:
    made = await service.add_call(node="7.3", number="1", budget_pln="50000.00")
    body = submitted("X", call=made["id"], submitted_value_pln="5000000.00")

    assert codes(await service.officer.post(APPLICATIONS, json=body)) == ["value_over_budget"]


@pytest.mark.parametrize(
    ("value", "code"), [("0.00", "value_of_nothing"), ("90000000.00", "value_far_above_earlier_stage")]
)
async def test_grant_of_nothing_or_of_a_multiple_is_unlikely(service: CallsService, value: str, code: str) -> None:
    formal: dict[str, Any] = {"formally_positive_on": "2011-03-02", "formally_positive_value_pln": "900000.00"}
    made = ok(await service.officer.post(APPLICATIONS, json=submitted("X", submitted_value_pln="900000.00") | formal))
    path, match = f"{APPLICATIONS}/{made['id']}/stages", {"If-Match": '"v1"'}
    stage = {"stage": "accepted", "effective_on": "2011-08-31", "value_pln": value}
    refused = await service.officer.post(path, json=stage, headers=match)
    (token,) = tokens_of(refused)

    assert (refused.json()["errors"][0]["pointer"], refused.json()["errors"][0]["code"]) == ("/value_pln", code)
    accepted = await service.officer.post(f"{path}?confirm={token}", json=stage, headers=match)
    assert (accepted.status_code, accepted.json()["accepted_value_pln"]) == (201, value)


async def test_json_list_is_confirmed_like_a_csv_one(service: CallsService) -> None:
    rows = [submitted("W-1", node="7.3", submitted_on="2006-12-31")]
    answer = await service.officer.post(IMPORTS, json={"rows": rows})

    assert len(tokens_of(answer)) == 1
