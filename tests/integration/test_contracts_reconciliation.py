"""Accepted = signed + recommended: where it does not hold the differences say why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        await service.grant(calls_feed.id_of("VII"), "100000")
        yield service, calls_feed


async def reconciliation(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get("/v1/reports/reconciliation", params={"as_of": "2011-08-31", **query}))


def cell(number: int, value: str) -> dict[str, Any]:
    return {"number": number, "value_pln": value}


async def test_what_is_signed_at_its_accepted_value_or_recommended_leaves_nothing(office: Office) -> None:
    service, calls_feed = office
    signed = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "100.00")
    calls_feed.accepted("W-2", "7.2.1", "2011-02-01", "50.00")
    calls_feed.accepted("W-3", "7.3", "2011-02-01", "7.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("U-1", None, "100.00", application_id=signed)
    answer = await reconciliation(service)
    assert [(row["code"], row["kind"], row["reconciled"]) for row in answer["rows"]] == [
        ("7.2.1", "node", True), ("7.3", "node", True), (None, "total", True),
    ]  # fmt: skip
    first, total = answer["rows"][0], answer["rows"][-1]
    assert (first["accepted"], first["signed"], first["recommended"], first["difference"]) == (
        cell(2, "150.00"), cell(1, "100.00"), cell(1, "50.00"), cell(0, "0.00"),
    )  # fmt: skip
    assert total["accepted"] == cell(3, "157.00")
    assert (answer["differences"], answer["difference_count"]) == ([], 0)


async def test_each_difference_is_listed_with_its_reason(office: Office) -> None:
    service, calls_feed = office
    cheaper = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "100.00")
    calls_feed.accepted("W-2", "7.2.1", "2011-02-01", "50.00", withdrawn_on="2011-03-01")
    calls_feed.accepted("W-3", "7.2.1", "2011-02-01", "40.00", rejected_on="2011-03-01")
    ended = calls_feed.accepted("W-4", "7.2.1", "2011-02-01", "30.00")
    moved = calls_feed.accepted("W-5", "7.2.1", "2011-02-01", "20.00")
    unaccepted = calls_feed.application("W-6", "7.2.1")
    calls_feed.applications_change(unaccepted)
    await service.wait_until_applied(calls_feed)
    agreements = {
        name: await service.signed(f"U-{name}", calls_feed.id_of("7.2.1"), value, application_id=application)
        for name, value, application in (
            ("cheaper", "90.00", cheaper), ("ended", "30.00", ended), ("moved", "20.00", moved),
            ("unaccepted", "5.00", unaccepted["id"]), ("none", "3.00", None),
        )
    }  # fmt: skip
    ok(await service.terminate(agreements["ended"], "2011-05-01"))
    calls_feed.accepted("W-5", "7.2.2", "2011-02-01", "20.00")
    await service.wait_until_applied(calls_feed)
    answer = await reconciliation(service)
    listed = {
        (one["code"], one["reason"], (one["application"] or {}).get("number"), (one["agreement"] or {}).get("number")):
            tuple(one["difference"].values())
        for one in answer["differences"]
    }  # fmt: skip
    assert listed == {
        ("7.2.1", "signed_value_differs", "W-1", "U-cheaper"): (0, "10.00"),
        ("7.2.1", "withdrawn_after_acceptance", "W-2", None): (1, "50.00"),
        ("7.2.1", "rejected_after_acceptance", "W-3", None): (1, "40.00"),
        ("7.2.1", "agreement_terminated", "W-4", None): (1, "30.00"),
        ("7.2.1", "signed_on_other_node", "W-5", "U-moved"): (-1, "-20.00"),
        ("7.2.2", "signed_on_other_node", "W-5", "U-moved"): (1, "20.00"),
        ("7.2.1", "signed_without_acceptance", "W-6", "U-unaccepted"): (-1, "-5.00"),
        ("7.2.1", "signed_without_acceptance", None, "U-none"): (-1, "-3.00"),
    }
    rows = {row["code"]: row for row in answer["rows"]}
    assert rows["7.2.1"]["difference"] == cell(0, "102.00")
    assert rows["7.2.2"]["difference"] == cell(1, "20.00")
    assert rows[None]["difference"] == cell(1, "122.00")
    assert answer["difference_count"] == 8
    cheaper_one = next(one for one in answer["differences"] if one["reason"] == "signed_value_differs")
    assert (cheaper_one["accepted_value_pln"], cheaper_one["signed_value_pln"]) == ("100.00", "90.00")
    assert cheaper_one["agreement"]["id"] == agreements["cheaper"]["id"]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ("rejected_on", "withdrawn_on", "rejected_after_acceptance"),
        ("withdrawn_on", "rejected_on", "withdrawn_after_acceptance"),
    ],
)
async def test_given_up_twice_an_application_differs_for_the_first_reason(
    office: Office, first: str, second: str, reason: str
) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00", **{first: "2011-03-01", second: "2011-04-01"})
    await service.wait_until_applied(calls_feed)

    assert [one["reason"] for one in (await reconciliation(service))["differences"]] == [reason]


async def test_application_withdrawn_after_termination_differs_by_the_termination(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("U-1", None, "50.00", application_id=application)
    ok(await service.terminate(signed, "2011-05-01"))
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00", withdrawn_on="2011-06-01", rejected_on="2011-07-01")
    await service.wait_until_applied(calls_feed)

    assert [one["reason"] for one in (await reconciliation(service))["differences"]] == ["agreement_terminated"]


async def test_differences_that_cancel_each_other_reconcile_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, calls_feed = office
    for node, number, accepted, signed in (
        ("7.2.1", "1", "900.00", "100.00"), ("7.2.1", "2", "100.00", "900.00"), ("7.3", "3", "5.00", "5.00"),
        ("7.3", "4", "5.00", "5.00"),
    ):  # fmt: skip
        application = calls_feed.accepted(f"W-{number}", node, "2011-02-01", accepted)
        await service.wait_until_applied(calls_feed)
        await service.signed(f"U-{number}", None, signed, application_id=application)
    answer = await reconciliation(service)
    expected = [("7.2.1", "0.00", False), ("7.3", "0.00", True), (None, "0.00", False)]
    assert [(row["code"], row["difference"]["value_pln"], row["reconciled"]) for row in answer["rows"]] == expected
    assert [one["difference"]["value_pln"] for one in answer["differences"]] == ["800.00", "-800.00"]
    calls_feed.accepted("W-3", "7.3", "2011-02-01", "6.00")
    calls_feed.accepted("W-4", "7.3", "2011-02-01", "4.00")
    await service.wait_until_applied(calls_feed)
    monkeypatch.setattr("miernik_contracts.reports.differences.SHOWN_DIFFERENCES", 1)
    cut = await reconciliation(service)
    assert (len(cut["differences"]), cut["difference_count"]) == (1, 4)
    assert [(row["difference"]["value_pln"], row["reconciled"]) for row in cut["rows"]] == [("0.00", False)] * 3


async def test_another_day_and_another_moment_have_their_own_differences(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "100.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("U-1", None, "100.00", application_id=application)
    known_at = service.query("select at from change order by position desc limit 1")[0][0].isoformat()
    ok(await service.amend(signed, "80.00", "2011-06-01"))
    assert (await reconciliation(service, as_of="2011-05-31"))["difference_count"] == 0
    assert (await reconciliation(service))["rows"][0]["difference"] == cell(0, "20.00")
    assert (await reconciliation(service, known_at=known_at))["difference_count"] == 0
    early = await reconciliation(service, as_of="2011-02-15")
    assert early["rows"][0]["recommended"] == cell(1, "100.00")


async def test_an_accepted_application_on_no_node_is_a_row_of_its_own(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", None, "2011-02-01", "10.00", withdrawn_on="2011-03-01")
    await service.wait_until_applied(calls_feed)
    answer = await reconciliation(service)

    assert [(row["kind"], row["difference"]["number"]) for row in answer["rows"]] == [("unassigned", 1), ("total", 1)]
    assert [(one["node_id"], one["reason"]) for one in answer["differences"]] == [(None, "withdrawn_after_acceptance")]


async def test_offices_stand_apart(office: Office) -> None:
    service, calls_feed = office
    calls_feed.priority_vii("32")
    calls_feed.accepted("W-1", "7.3", "2011-02-01", "10.00")
    calls_feed.accepted("W-2", "7.3", "2011-02-01", "20.00", office="32")
    await service.wait_until_applied(calls_feed)
    both_offices = (await reconciliation(service, office="PL"))["rows"]
    assert [(row["office"], row["accepted"]["value_pln"]) for row in both_offices] == [
        ("04", "10.00"), ("04", "10.00"), ("32", "20.00"), ("32", "20.00"),
    ]  # fmt: skip
    assert (await reconciliation(service))["rows"] == both_offices[:2]
    bounds = ok(await service.officer.get("/v1/reports/reconciliation/bounds"))
    assert (bounds["first_on"], bounds["last_on"]) == ("2011-02-01", "2011-02-01")


async def test_agreement_of_another_office_before_its_application_is_a_difference(office: Office) -> None:
    service, calls_feed = office
    calls_feed.priority_vii("32")
    await service.wait_until_applied(calls_feed)
    await service.grant(calls_feed.id_of("VII", "32"), "1000")
    state = calls_feed.application("W-1", "7.3", accepted_on="2011-02-01", accepted_value_pln="10.00")
    await service.signed("U-1", calls_feed.id_of("7.3", "32"), "10.00", application_id=state["id"])
    calls_feed.applications_change(state)
    await service.wait_until_applied(calls_feed)
    for office, number, value in (("04", 1, "10.00"), ("32", -1, "-10.00")):
        answer = await reconciliation(service, office=office)
        (difference,) = answer["differences"]
        assert (difference["reason"], difference["office"]) == ("signed_on_other_node", office)
        assert (difference["agreement"]["number"], difference["application"]["number"]) == ("U-1", "W-1")
        assert difference["difference"] == answer["rows"][-1]["difference"] == cell(number, value)
    whole = await reconciliation(service, office="PL")

    assert [one["office"] for one in whole["differences"]] == ["04", "32"]


async def test_application_without_a_node_is_signed_by_its_own_office_only(
    office: Office,
) -> None:
    service, calls_feed = office
    calls_feed.priority_vii("32")
    state = calls_feed.application("W-1", None)
    calls_feed.applications_change(state)
    await service.wait_until_applied(calls_feed)
    refused = await service.sign("U-1", calls_feed.id_of("7.3", "32"), "10.00", application_id=state["id"])

    assert_problem(refused, 422, "node_of_other_office")
