"""Annulment of an agreement recorded by mistake.

It never counted, past reports are unchanged, and its number, money and application are free to be recorded again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.builders.agreements import Office, conserved, office_with_money
from tests.support.oracles.printed_lists import PrintedList
from tests.support.services.contracts_service import ContractsService

from miernik_local.provision import DatabaseUrls

DAYS = ("2011-02-28", "2011-03-01", "2011-04-15", "2011-06-30", "2012-01-01")
BODY = {"number": "1", "kind": "grant", "signed_on": "2011-03-01", "value_pln": "10"}


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with office_with_money(database) as running:
        yield running


def now(service: ContractsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def printed(service: ContractsService, known_at: str | None = None) -> list[Any]:
    """Both reports and both lists on some days, but for what they say of the moment of asking."""
    answers: list[Any] = []
    for day in DAYS:
        query = {"as_of": day} | ({"known_at": known_at} if known_at else {})
        for path in ("reports/contracting", "reports/reconciliation", "agreements", "recommended-applications"):
            answer = await service.officer.get(f"/v1/{path}", params=query)
            answers.append(ok(answer))
    for answer in answers:
        for name in ("position", "known_at"):
            answer.pop(name, None)
        for row in answer.get("rows", []):
            row.pop("proof", None)
            row["recommended"].pop("proof", None)
    return answers


async def listed(service: ContractsService, **query: str) -> list[str]:
    items = ok(await service.officer.get("/v1/agreements", params=query))["items"]
    return [one["number"] for one in items]


async def test_annulled_agreement_never_counts_and_past_reports_are_unchanged(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("0", calls_feed.id_of("7.2.2"), "20")
    nothing = await printed(service)
    signed = await service.signed("1", None, "100", application_id=application)
    amended = ok(await service.amend(signed, "80", "2011-04-01"))
    moment, before = now(service), await printed(service)
    answer = await service.annul(amended, "Wpisano nie ten wniosek")
    annulled = ok(answer)
    assert annulled == amended | {"annulled": True, "version": 3, "value_pln": "80.00"}
    assert answer.headers["etag"] == '"v3"'
    assert await printed(service) == nothing != before
    assert await printed(service, moment) == before
    assert await printed(service, now(service)) == nothing
    assert service.used() == dict.fromkeys(("7.2.2", "7.2", "VII"), Decimal(20))
    assert conserved(service) == Decimal(20)
    families, data = service.query("select event->'families', event->'data' from change order by position desc")[0]
    assert (families, data["annulled"]) == (["agreements:04", "recommended:04"], True)


async def test_an_annulled_agreement_is_shown_to_who_asks_for_it(office: Office) -> None:
    service, calls_feed = office
    ids = {"external_ids": [{"system": "lsi", "value": "17"}]}
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "100", **ids)
    await service.signed("2", calls_feed.id_of("7.2.1"), "100")
    moment = now(service)
    annulled = ok(await service.annul(signed, "Pomyłka w numerze"))
    assert ok(await service.officer.get(f"/v1/agreements/{signed['id']}")) == annulled
    assert annulled["external_ids"] == signed["external_ids"]
    versions = ok(await service.officer.get(f"/v1/agreements/{signed['id']}/versions"))
    last = {name: versions[-1][name] for name in ("version", "action", "effective_on", "value_pln", "note")}
    assert last == {
        "version": 2, "action": "annulled", "effective_on": "2011-03-01", "value_pln": "100.00",
        "note": "Pomyłka w numerze",
    }  # fmt: skip
    assert (await listed(service), await listed(service, annulled="true")) == (["2"], ["1"])
    assert await listed(service, as_of="2011-06-01", annulled="true") == []
    assert await listed(service, known_at=moment) == await listed(service, known_at=moment, as_of="2011-06-01")
    assert (await listed(service, known_at=moment), await listed(service, known_at=moment, annulled="true")) == (
        ["1", "2"], [],
    )  # fmt: skip


async def test_its_number_its_application_and_other_systems_numbers_are_free(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    path = "/v1/agreements/by-external-id/lsi/17"
    wrong = ok(await service.officer.put(path, json=BODY | {"application_id": application}))
    ok(await service.annul(wrong))
    assert (await service.officer.get(path)).status_code == 404
    right = BODY | {"application_id": application, "signed_on": "2011-03-10", "kind": "framework"}
    made = await service.officer.put(path, json=right)
    assert (made.status_code, made.json()["signed_on"]) == (201, "2011-03-10")
    assert ok(await service.officer.get(path)) == made.json() != wrong
    ok(await service.annul(made.json()))
    again = ok(await service.officer.put(path, json=right))
    assert (await listed(service), await listed(service, annulled="true")) == (["1"], ["1", "1"])
    steps = service.query(
        "select effective_on::text, number from contracting_rollup"
        " where kind = 'recommended' and number <> 0 order by 1"
    )
    assert steps == [("2011-02-01", 1), ("2011-03-10", -1)]
    assert (await service.sign("1", calls_feed.id_of("7.2.1"), "1")).json()["agreement"] == again["id"]


async def test_past_list_prints_the_external_ids_known_then(office: Office) -> None:
    service, calls_feed = office
    ids = {"external_ids": [{"system": "SL", "value": "77"}]}
    standing, annulled = (PrintedList(service, "/v1/agreements", annulled=one) for one in ("false", "true"))

    async def printed() -> list[list[list[dict[str, str]]]]:
        return [[one["external_ids"] for one in await some.printed()] for some in (standing, annulled)]

    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10")
    assert await printed() == [[[]], []]
    body = BODY | {"node_id": calls_feed.id_of("7.2.1")}
    path = f"/v1/agreements/{signed['id']}"
    corrected = ok(await service.officer.put(path, json=body | ids, headers={"If-Match": '"v1"'}))
    assert await printed() == [[ids["external_ids"]], []]
    ok(await service.annul(corrected))
    assert await printed() == [[], [ids["external_ids"]]]
    await service.signed("1", calls_feed.id_of("7.2.1"), "20", **ids)
    assert await printed() == [[ids["external_ids"]], [ids["external_ids"]]]
    for some in (standing, annulled):
        await some.assert_prints_again()


async def test_a_mistaken_termination_is_mended_by_recording_anew(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "400")
    ended = ok(await service.terminate(signed, "2011-04-01"))
    refused = await service.amend(ended, "300", "2011-05-01")
    assert_problem(refused, 409, "agreement_terminated")
    assert "/annulment" in refused.json()["detail"]
    annulled = ok(await service.annul(ended))
    assert (annulled["terminated_on"], annulled["value_pln"]) == ("2011-04-01", "400.00")
    await service.signed("1", calls_feed.id_of("7.2.1"), "400")
    assert conserved(service) == Decimal(400)
    assert await listed(service, as_of="2011-06-01") == ["1"]


async def test_annulment_makes_other_agreements_decide_the_recommended_list(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    first = await service.signed("1", None, "10", application_id=application)
    ended = ok(await service.terminate(first, "2011-04-01"))
    second = await service.signed("2", None, "10", application_id=application, signed_on="2011-05-01")
    query = (
        "select effective_on::text, value_pln from contracting_rollup"
        " where kind = 'recommended' and (number, value_pln) <> (0, 0) order by 1 desc"
    )
    assert service.query(query)[0] == ("2011-03-01", -50)
    ok(await service.annul(ended))
    assert service.query(query)[0] == ("2011-05-01", -50)
    # News of the application does not bring the annulled one back.
    calls_feed.accepted("W-1", "7.2.1", "2011-02-02", "60.00")
    await service.wait_until_applied(calls_feed)
    assert service.query(query) == [("2011-05-01", -60), ("2011-02-02", 60)]
    ok(await service.annul(second))
    assert service.query(query) == [("2011-02-02", 60)]


async def test_nothing_happens_to_an_annulled_agreement(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10")
    annulled = ok(await service.annul(signed))
    match = {"If-Match": '"v2"'}
    answers = [
        await service.annul(annulled),
        await service.amend(annulled, "5", "2011-04-01"),
        await service.terminate(annulled, "2011-04-01"),
        await service.officer.put(
            f"/v1/agreements/{signed['id']}", json=BODY | {"node_id": calls_feed.id_of("7.2.1")}, headers=match
        ),
    ]
    assert len(answers) == 4
    for answer in answers:
        assert_problem(answer, 409, "agreement_annulled")
    assert service.query("select count(*) from agreement_version") == [(2,)]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": " "}, {"reason": None}, {"reason": "x" * 2001}])
async def test_an_annulment_says_why(office: Office, body: dict[str, Any]) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10")
    refused = await service.post(f"/v1/agreements/{signed['id']}/annulment", body, **{"If-Match": '"v1"'})

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert conserved(service) == Decimal(10)


async def test_of_those_who_record_a_freed_number_at_once_one_does(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10")
    ok(await service.annul(signed))
    answers = await asyncio.gather(*(service.sign("1", calls_feed.id_of("7.2.1"), "1") for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.is_error} == {"agreement_number_taken"}
    assert conserved(service) == Decimal(1)


async def test_annulments_beside_signings_leave_the_sums_right(office: Office) -> None:
    service, calls_feed = office
    applications = [calls_feed.accepted(f"W-{number}", "7.2.1", "2011-02-01", "5.00") for number in range(6)]
    await service.wait_until_applied(calls_feed)
    made = [
        await service.signed(f"A-{number}", None, "60", application_id=one) for number, one in enumerate(applications)
    ]
    answers = await asyncio.gather(
        *(service.annul(one) for one in made),
        *(service.sign(f"B-{number}", None, "40", application_id=one) for number, one in enumerate(applications)),
    )
    assert [answer.status_code for answer in answers[:6]] == [201] * 6
    signed = sum(answer.status_code == 201 for answer in answers[6:])
    assert conserved(service) == Decimal(40 * signed)
    recommended = service.query("select sum(number) from contracting_rollup where kind = 'recommended'")
    assert recommended == [(6 - signed,)]


async def test_an_agreement_made_by_post_is_corrected_under_its_own_id(office: Office) -> None:
    service, calls_feed = office
    body = BODY | {"node_id": calls_feed.id_of("7.2.1")}
    signed = await service.signed("1", calls_feed.id_of("7.2.1"), "10", note="z biura")
    path = f"/v1/agreements/{signed['id']}"
    match = {"If-Match": '"v1"'}
    corrected = await service.officer.put(
        path, json=body | {"value_pln": "12", "beneficiary": "Gmina Osie"}, headers=match
    )
    assert ok(corrected) == signed | {"value_pln": "12.00", "beneficiary": "Gmina Osie", "version": 2}
    assert conserved(service) == Decimal(12)
    for language, way in (("pl", "unieważnij"), ("en", "Annul")):
        headers = {"If-Match": '"v2"', "Accept-Language": language}
        refused = await service.officer.put(path, json=body | {"signed_on": "2011-03-02"}, headers=headers)
        assert_problem(refused, 409, "agreement_identity_changed")
        assert way in refused.json()["detail"]
    over = await service.officer.put(path, json=body | {"value_pln": "400.01"}, headers={"If-Match": '"v2"'})
    assert_problem(over, 409, "allocation_exceeded")


async def test_node_with_only_an_annulled_agreement_shows_none(office: Office) -> None:
    service, calls_feed = office
    ok(await service.annul(await service.signed("1", calls_feed.id_of("7.2.1"), "10")))
    await service.signed("2", calls_feed.id_of("7.2.1"), "10", signed_on="2011-06-01")
    report = ok(await service.officer.get("/v1/reports/contracting", params={"as_of": "2011-05-31"}))
    row = next(row for row in report["rows"] if row["code"] == "7.2.1")

    assert row["signed"] == {"number": None, "value_pln": None}


async def test_an_annulled_agreement_is_not_within_the_bounds_of_the_report(office: Office) -> None:
    service, calls_feed = office
    ok(await service.annul(await service.signed("1", calls_feed.id_of("7.2.1"), "10")))
    bounds = ok(await service.officer.get("/v1/reports/contracting/bounds"))

    assert (bounds["first_on"], bounds["last_on"], bounds["years"]) == (None, None, [])
