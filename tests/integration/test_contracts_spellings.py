"""Spellings of one number in contracts: none signs a second agreement or takes the money twice."""

from __future__ import annotations

import pytest
from tests.support.answers import assert_problem, codes, ok
from tests.support.builders.agreements import Office, conserved
from tests.support.builders.spellings import RECOGNISED_SPELLINGS, REFUSED_SPELLINGS, respell

AGREEMENTS = "/v1/agreements"
NUMBER = "UDA-1/11 a"


async def test_an_agreement_is_signed_once_under_all_spellings_of_its_number(office: Office) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.2.1")
    signed = await service.signed(NUMBER, node, "100")
    for spelling in (*(form.format(NUMBER) for form in RECOGNISED_SPELLINGS.values()), *respell(NUMBER).values()):
        answer = await service.sign(spelling, node, "100")
        assert_problem(answer, 409, "agreement_number_taken", at="/number", agreement=signed["id"], number=NUMBER)
        found = ok(await service.officer.get(AGREEMENTS, params={"number": spelling}))["items"]
        assert [one["id"] for one in found] == [signed["id"]]
    for form in REFUSED_SPELLINGS.values():
        answer = await service.sign(form.format(NUMBER), node, "100")
        assert_problem(answer, 422, "text_unprintable", at="/number")
        sought = await service.officer.get(AGREEMENTS, params={"number": form.format(NUMBER)})
        if "\0" in form:  # No column holds it, in a filter as anywhere
            assert_problem(sought, 422, "value_unstorable", at="/query/number")
        else:
            assert [one["id"] for one in ok(sought)["items"]] == [signed["id"]]
    assert conserved(service) == 100


async def test_an_annulled_agreement_frees_its_number_in_every_spelling(office: Office) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.2.1")
    body = {"external_ids": [{"system": "lsi", "value": "A-1"}]}
    first = await service.signed("U-1", node, "100", **body)
    taken = await service.sign("U-2", node, "1", external_ids=[{"system": "lsi", "value": "A\u20111"}])
    assert_problem(taken, 409, "external_id_taken")
    ok(await service.annul(first))
    second = await service.signed("U\u20111", node, "100", external_ids=[{"system": "lsi", "value": "A\u20111"}])
    assert second["number"] == "U\u20111"
    assert ok(await service.officer.get(f"{AGREEMENTS}/by-external-id/lsi/A-1"))["id"] == second["id"]


async def test_a_correction_may_spell_the_number_in_another_way(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("U-1", calls_feed.id_of("7.2.1"), "100")
    body = {"number": "U\u20111", "kind": "grant", "signed_on": "2011-03-01", "value_pln": "90"}
    match = {"If-Match": '"v1"'}
    corrected = await service.officer.put(f"{AGREEMENTS}/{signed['id']}", json=body, headers=match)
    assert (ok(corrected)["number"], ok(corrected)["value_pln"]) == ("U-1", "90.00")


async def test_an_amendment_and_a_decision_are_recorded_once(office: Office) -> None:
    service, calls_feed = office
    signed = await service.signed("U-1", calls_feed.id_of("7.2.1"), "100")
    amended = ok(await service.amend(signed, "90", "2011-04-01", "-01"))
    again = await service.amend(amended, "80", "2011-04-02", "\u201101")
    assert_problem(again, 409, "amendment_number_taken")
    decision = {"node_id": calls_feed.id_of("7.2"), "limit_percent": "105", "decided_on": "2011-10-05"}
    ok(await service.post("/v1/overcontracting-decisions", decision | {"number": "VII/1"}))
    twice = await service.post("/v1/overcontracting-decisions", decision | {"number": "\uff36II\u22151"})
    assert_problem(twice, 409, "decision_exists")


async def test_a_table_of_the_nbp_has_one_day_in_any_spelling(office: Office) -> None:
    service, _ = office
    table = {"source": "nbp_a", "rate": "4.1", "effective_on": "2011-08-31"}
    ok(await service.post("/v1/exchange-rates", table | {"table_no": "168/A/NBP/2011"}))
    same = await service.post("/v1/exchange-rates", table | {"table_no": "168\u2215A/NBP/2011"})
    assert same.status_code == 200
    other = table | {"effective_on": "2011-09-01", "table_no": "'168/A/NBP/2011"}
    assert codes(await service.post("/v1/exchange-rates", other)) == ["rate_table_of_another_day"]


@pytest.mark.parametrize("note", ["a\u202eb", "\ufeff", "a\x1b[2J"])
async def test_a_note_has_several_lines_and_nothing_invisible(office: Office, note: str) -> None:
    service, calls_feed = office
    node = calls_feed.id_of("7.2.1")
    refused = await service.sign("U-1", node, "1", note=note)
    assert_problem(refused, 422, "text_unprintable", at="/note")
    signed = await service.signed("U-1", node, "1", note="pierwszy\r\ndrugi\ttrzeci")
    (version,) = ok(await service.officer.get(f"{AGREEMENTS}/{signed['id']}/versions"))
    assert version["note"] == "pierwszy\ndrugi\ttrzeci"
