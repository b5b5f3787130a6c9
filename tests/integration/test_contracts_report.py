"""Table of financial progress where figures are missing, mixed or divided."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import ContractsService, contracts_and_calls, figure, running_contracts

from miernik_local.provision import DatabaseUrls

Office = tuple[ContractsService, CallsFeed]
UNKNOWN = {"number": None, "value_pln": None}


@pytest.fixture
async def office(database: DatabaseUrls) -> AsyncIterator[Office]:
    async with contracts_and_calls(database, wait_for_calls_seconds=0) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        yield service, calls_feed


@pytest.fixture(scope="module")
async def shared(module_database: DatabaseUrls) -> AsyncIterator[ContractsService]:
    """For tests that change nothing."""
    async with running_contracts(module_database) as running:
        yield running


async def report(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get("/v1/reports/contracting", params={"as_of": "2011-08-31", **query}))


async def rows(service: ContractsService, **query: str) -> dict[str | None, dict[str, Any]]:
    """Rows by their code; the total's is none."""
    return {row["code"]: row for row in (await report(service, **query))["rows"]}


async def test_where_nothing_is_known_nothing_is_shown_and_never_a_zero(office: Office) -> None:
    service, calls_feed = office
    shown = await rows(service)
    assert list(shown) == ["7.1.1", "7.1.2", "7.1.3", "7.2.1", "7.2.2", "7.3", None]
    for row in shown.values():
        assert (row["signed"], figure(row["recommended"]), row["complete"]) == (UNKNOWN, UNKNOWN, False)
        assert row["share"]["percentage"] is None
        assert row["share"]["allocation_eur"] is None
    assert (await report(service))["notes"] == []
    assert calls_feed.nodes


async def test_a_tree_without_priorities_is_named_by_its_top(office: Office) -> None:
    service, calls_feed = office
    calls_feed.node("9.9", "measure", None, office="32")
    await service.wait_until_applied(calls_feed)
    headings = (await report(service, office="PL"))["headings"]

    assert [(one["office"], one["level"], one["code"]) for one in headings] == [
        ("04", "priority", "VII"),
        ("32", "measure", "9.9"),
    ]


async def test_none_signed_is_zero_and_none_recommended_is_unknown(
    office: Office,
) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("VII"), "1000")
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("U-1", calls_feed.id_of("7.2.2"), "20")
    await service.signed("U-2", calls_feed.id_of("7.1.1"), "30", kind="framework")
    shown = await rows(service)
    assert (shown["7.2.1"]["signed"], shown["7.2.1"]["complete"]) == ({"number": 0, "value_pln": "0.00"}, True)
    assert figure(shown["7.2.1"]["recommended"]) == {"number": 1, "value_pln": "10.00"}
    assert (figure(shown["7.2.2"]["recommended"]), shown["7.2.2"]["complete"]) == (UNKNOWN, False)
    assert (figure(shown["7.1.1"]["recommended"]), shown["7.1.1"]["complete"]) == (UNKNOWN, True)
    total = shown[None]
    assert (total["signed"]["value_pln"], total["recommended"]["value_pln"]) == ("50.00", "10.00")
    assert total["complete"] is False


async def test_both_kinds_of_agreements_on_one_node_are_two_rows(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("VII"), "1000")
    calls_feed.accepted("W-1", "7.3", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("U-1", calls_feed.id_of("7.3"), "20")
    await service.signed("U-2", calls_feed.id_of("7.3"), "30", kind="framework")
    both_rows = [row for row in (await report(service))["rows"] if row["code"] == "7.3"]

    assert [(row["agreement_kind"], row["signed"]["value_pln"], row["recommended"]["number"]) for row in both_rows] == [
        ("framework", "30.00", None), ("grant", "20.00", 1),
    ]  # fmt: skip
    assert both_rows[0]["share"] == both_rows[1]["share"]
    assert both_rows[0]["share"]["contracted_pln"] == "60.00"


async def test_what_hangs_on_a_priority_or_on_nothing_has_a_row_of_its_own(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("VII"), "1000")
    calls_feed.accepted("W-1", None, "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("U-1", calls_feed.id_of("VII"), "20")
    await service.signed("U-2", calls_feed.id_of("7.2"), "30")
    answer = await report(service)
    assert [row["code"] or row["kind"] for row in answer["rows"]] == [
        "VII", "7.1.1", "7.1.2", "7.1.3", "7.2", "7.2.1", "7.2.2", "7.3", "unassigned", "total",
    ]  # fmt: skip
    shown = {row["code"] or row["kind"]: row for row in answer["rows"]}
    assert (shown["VII"]["measure"], shown["unassigned"]["share"]) == (None, None)
    assert shown["VII"]["share"] == {
        "percentage": "1.25", "contracted_pln": "50.00", "allocation_eur": "1000.00", "allocation_pln": "4000.00",
    }  # fmt: skip
    assert shown["7.2"]["measure"] == "7.2"
    directly = {code: row["directly_on"] for code, row in shown.items() if row["directly_on"] is not None}
    assert directly == {"VII": "priority", "7.2": "measure"}
    assert figure(shown["unassigned"]["recommended"]) == {"number": 1, "value_pln": "10.00"}
    assert shown["total"]["share"]["contracted_pln"] == "60.00"
    assert (shown["total"]["share"]["allocation_pln"], shown["total"]["share"]["percentage"]) == ("4000.00", "1.50")


async def test_a_total_without_an_allocation_of_one_part_has_no_percentage(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.2"), "1000")
    await service.signed("U-1", calls_feed.id_of("7.2.1"), "20")
    assert (await rows(service))[None]["share"]["percentage"] == "0.50", "a measure without money needs no allocation"
    calls_feed.accepted("W-1", "7.3", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    answer = await report(service)
    total = answer["rows"][-1]["share"]
    assert (total["percentage"], total["allocation_eur"], total["contracted_pln"]) == (None, None, "30.00")
    assert [(note["code"], note["node_id"], note["office"]) for note in answer["notes"]] == [
        ("share_without_allocation", calls_feed.id_of("7.3"), "04")
    ]
    assert answer["notes"][0]["text"].startswith("7.3: nie ma alokacji")
    english = await service.officer.get("/v1/reports/contracting?as_of=2011-08-31", headers={"Accept-Language": "en"})
    assert english.json()["notes"][0]["text"].startswith("7.3: no allocation")


async def test_dividing_an_allocation_among_what_is_below_moves_no_share_above(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("VII"), "1000")
    for code, value in (("VII", "100"), ("7.1.1", "200"), ("7.2.1", "400")):
        await service.signed(f"U-{code}", calls_feed.id_of(code), value)
    whole = {
        "percentage": "17.50", "contracted_pln": "700.00", "allocation_eur": "1000.00", "allocation_pln": "4000.00",
    }  # fmt: skip
    for code, amount in ((None, ""), ("7.2.1", "100"), ("7.2.2", "50"), ("7.1", "100")):
        if code:
            await service.grant(calls_feed.id_of(code), amount)
        shown = await rows(service)
        assert (shown["VII"]["share"], shown[None]["share"]) == (whole, whole), code

    assert (shown["7.1.1"]["share"]["percentage"], shown["7.2.1"]["share"]["percentage"]) == ("50.00", "66.67")
    assert (await rows(service, measure="7.2"))[None]["share"] == shown["7.2.1"]["share"]


async def test_commitments_without_allocation_make_the_share_unknown(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.2.1"), "100")
    await service.signed("U-1", calls_feed.id_of("7.2.1"), "40")
    assert (await rows(service))["7.2.1"]["share"]["percentage"] == "10.00"
    calls_feed.accepted("W-1", "7.2.2", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    answer = await report(service)
    shares = {row["code"]: row["share"] for row in answer["rows"]}
    assert (shares["7.2.1"]["percentage"], shares[None]["percentage"]) == (None, None)
    assert shares["7.2.1"]["contracted_pln"] == shares[None]["contracted_pln"] == "50.00"
    assert [(note["code"], note["node_id"]) for note in answer["notes"]] == [
        ("share_without_allocation", calls_feed.id_of("7.2.2"))
    ]
    await service.grant(calls_feed.id_of("7.2"), "250")
    assert (await rows(service))[None]["share"]["percentage"] == "5.00"


async def test_shares_of_territories_and_of_sub_measures_add_up(office: Office) -> None:
    service, calls_feed = office
    for territory in ("040201", "040202"):
        await service.grant(calls_feed.id_of("7.3"), "64700", territory=territory)
    await service.grant(calls_feed.id_of("7.2.1"), "100")
    await service.grant(calls_feed.id_of("7.2.2"), "50", effective_on="2011-09-01")
    shown = await rows(service)

    assert shown["7.3"]["share"]["allocation_eur"] == "129400.00"
    assert shown["7.2.1"]["share"]["allocation_eur"] == "100.00"
    assert (await rows(service, as_of="2011-09-01"))["7.2.2"]["share"]["allocation_eur"] == "150.00"


async def test_a_missing_rate_leaves_the_share_out_unless_it_was_asked_for(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "100", rate_source="nbp_a")
    calls_feed.accepted("W-1", "7.3", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    answer = await report(service)
    assert [(note["code"], note["node_id"]) for note in answer["notes"]] == [
        ("share_without_rate", calls_feed.id_of("7.3"))
    ]
    share = {row["code"]: row for row in answer["rows"]}["7.3"]["share"]
    assert (share["percentage"], share["allocation_eur"], share["allocation_pln"]) == (None, "100.00", None)
    assert (answer["rate"], answer["rates"]) == (None, [])
    for query, pointed_at in (
        ({"rate_on": "2011-08-28"}, "rate_on"),
        ({"rate_source": "ec_monthly"}, "rate_source"),
        ({"rate_source": "ec_monthly", "as_of": "2011-08-28"}, "rate_source"),
        ({"rate_source": "ec_monthly", "rate_on": "2011-08-28"}, "rate_on"),
    ):
        refused = await service.officer.get("/v1/reports/contracting", params=query)
        assert_problem(refused, 422, "rate_unknown", at=f"/query/{pointed_at}")
    future = await service.officer.get("/v1/reports/contracting?rate_on=2999-01-01&rate_source=programming")
    assert_problem(future, 422, "rate_in_the_future", at="/query/rate_on")
    planned = await report(service, rate_source="programming")
    assert planned["rows"][-1]["share"]["percentage"] == "2.50"


async def test_a_rate_that_only_another_measure_lacks_is_not_asked_for(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.1"), "100", rate_source="nbp_a")
    await service.grant(calls_feed.id_of("7.2"), "100")
    shown = await report(service, measure="7.2", rate_on="2011-05-05")
    assert shown["rows"][-1]["share"]["allocation_pln"] == "400.00"
    refused = await service.officer.get("/v1/reports/contracting?measure=7.1&rate_on=2011-05-05")
    assert_problem(refused, 422, "rate_unknown", at="/query/rate_on")


async def test_of_an_office_without_the_measure_asked_for_nothing_is_shown(office: Office) -> None:
    """A total of nothing would lead to everything that the office has signed."""
    service, calls_feed = office
    calls_feed.node("VII", "priority", office="32")
    calls_feed.node("7.9", "measure", "VII", office="32")
    await service.wait_until_applied(calls_feed)
    await service.grant(calls_feed.id_of("7.9", "32"), "100")
    await service.signed("U-1", calls_feed.id_of("7.9", "32"), "10")
    of_both = await report(service, office="PL", measure="7.2")

    assert {row["office"] for row in of_both["rows"]} == {"04"}
    assert {row["office"] for row in (await report(service, office="PL"))["rows"]} == {"04", "32"}


async def test_nothing_left_is_written_alike_for_now_and_for_a_past_moment(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.2"), "100")
    signed = await service.signed("U-1", calls_feed.id_of("7.2.1"), "10")
    ok(await service.terminate(signed, "2011-04-01"))
    ((then,),) = service.query("select clock_timestamp()")
    for known in ({}, {"known_at": then.isoformat()}):
        (row,) = [one for one in (await report(service, **known))["rows"] if one["code"] == "7.2.1"]
        assert row["signed"] == {"number": 0, "value_pln": "0.00"}


async def test_measures_at_different_rates_name_them_all(office: Office) -> None:
    service, calls_feed = office
    await service.add_rate("3", "2011-08-31", "nbp_a", table_no="168/A/NBP/2011")
    await service.grant(calls_feed.id_of("7.2"), "100")
    await service.grant(calls_feed.id_of("7.3"), "100", rate_source="nbp_a")
    answer = await report(service)
    assert answer["rate"] is None
    assert [(rate["source"], rate["rate"], rate["offices"]) for rate in answer["rates"]] == [
        ("nbp_a", "3.000000", ["04"]), ("programming", "4.000000", ["04"]),
    ]  # fmt: skip
    assert answer["rows"][-1]["share"]["allocation_pln"] == "700.00"
    by_row = {row["code"]: [rate["source"] for rate in row["rates"]] for row in answer["rows"]}
    assert (by_row["7.1.1"], by_row["7.2.1"], by_row["7.3"]) == ([], ["programming"], ["nbp_a"])
    assert by_row[None] == ["nbp_a", "programming"]


async def test_source_line_names_each_rate_its_day_and_that_none_is_later(office: Office) -> None:
    service, calls_feed = office
    await service.add_rate("3", "2011-08-31", "nbp_a", table_no="168/A/NBP/2011")
    await service.add_rate("4.1", "2011-08-02", "office", office="04")
    await service.add_rate("4.2", "2011-08-01", "ec_monthly")
    own = "Kurs euro: własny kurs urzędu (województwo kujawsko-pomorskie), z dnia 2 sierpnia 2011 r."
    planned = "Kurs euro: przyjęty do programowania, z dnia 1 stycznia 2007 r."
    nbp = "Kurs euro: NBP, tabela A nr 168/A/NBP/2011 z dnia 31 sierpnia 2011 r."
    european = "Kurs euro: Komisja Europejska, kurs miesięczny z dnia 1 sierpnia 2011 r."
    await service.grant(calls_feed.id_of("7.2"), "100")
    for query, text, day in (
        ({"rate_source": "nbp_a", "as_of": "2011-09-03"}, nbp, "2011-08-31"),
        ({"rate_source": "ec_monthly"}, european, "2011-08-01"),
        ({"rate_source": "office"}, own, "2011-08-02"),
        (
            {"rate_source": "office", "as_of": "2012-03-31"},
            f"{own}; na dzień 31 marca 2012 r. nie jest znany żaden późniejszy", "2011-08-02",
        ),
        ({"as_of": "2007-01-31"}, planned, "2007-01-01"),
        ({}, f"{planned}; na dzień 31 sierpnia 2011 r. nie jest znany żaden późniejszy", "2007-01-01"),
    ):  # fmt: skip
        expected = [{"office": "04", "column": "percentage", "text": text, "date": day}]
        assert (await report(service, **query))["sources"] == expected, query
    english = await service.officer.get(
        "/v1/reports/contracting?as_of=2012-03-31&rate_source=office", headers={"Accept-Language": "en"}
    )

    assert english.json()["sources"][0]["text"] == (
        "Euro rate: the office's own (voivodeship kujawsko-pomorskie), of 2 August 2011; "
        "for 31 March 2012 no later one is known"
    )


async def test_the_proof_of_a_row_adds_up_to_it_on_any_day(office: Office) -> None:
    service, calls_feed = office
    await service.grant(calls_feed.id_of("7.3"), "1000")
    first = await service.signed("U-1", calls_feed.id_of("7.3"), "40", signed_on="2011-03-01")
    amended = ok(await service.amend(first, "70", "2011-05-01"))
    ok(await service.amend(amended, "60", "2011-07-01"))
    ended = await service.signed("U-2", calls_feed.id_of("7.3"), "5", signed_on="2011-04-01")
    ok(await service.terminate(ended, "2011-06-01"))
    await service.signed("U-3", calls_feed.id_of("7.3"), "900", signed_on="2011-04-01", kind="framework")
    expected = {
        "2011-02-28": [], "2011-03-31": ["40.00"], "2011-04-01": ["40.00", "5.00"], "2011-05-31": ["70.00", "5.00"],
        "2011-06-01": ["70.00"], "2011-08-31": ["60.00"],
    }  # fmt: skip
    for day, values in expected.items():
        shown = (await report(service, as_of=day))["rows"]
        for row in shown:
            if row["proof"] and row["signed"]["number"] is not None:
                behind = ok(await service.officer.get(row["proof"]))["items"]
                total = sum((Decimal(one["value_pln"]) for one in behind), Decimal("0.00"))
                assert (len(behind), str(total)) == (row["signed"]["number"], row["signed"]["value_pln"]), (day, row)
                if row["agreement_kind"] == "grant":
                    assert [one["value_pln"] for one in behind] == values, day


async def test_offices_stand_apart(office: Office) -> None:
    service, calls_feed = office
    calls_feed.priority_vii("32")
    await service.wait_until_applied(calls_feed)
    await service.grant(calls_feed.id_of("7.3"), "100")
    await service.grant(calls_feed.id_of("7.3", "32"), "200", territory="321402")
    await service.signed("U-1", calls_feed.id_of("7.3"), "40")
    await service.signed("U-1", calls_feed.id_of("7.3", "32"), "80")
    both_offices = (await report(service, office="PL"))["rows"]
    assert [row["office"] for row in both_offices] == ["04"] * 7 + ["32"] * 7
    for office, value in (("04", "40.00"), ("32", "80.00")):
        own = (await report(service, office=office))["rows"]
        assert own == [row for row in both_offices if row["office"] == office]
        assert (own[-1]["signed"]["value_pln"], own[-1]["share"]["percentage"]) == (value, "10.00")
    bounds = ok(await service.officer.get("/v1/reports/contracting/bounds"))
    assert [office["code"] for office in bounds["offices"]] == ["04", "32"]
    assert {measure["office"] for measure in bounds["measures"]} == {"04", "32"}


async def test_a_read_of_the_past_has_a_time_budget(database: DatabaseUrls) -> None:
    async with contracts_and_calls(database, past_read_seconds=0.001) as (service, calls_feed):
        states = [
            calls_feed.application(f"W-{n}", "7.3", accepted_on="2011-02-01", accepted_value_pln="1.00")
            for n in range(5000)
        ]
        calls_feed.applications_change(*states)
        await service.wait_until_applied(calls_feed)
        known_at = service.query("select at from change order by position desc limit 1")[0][0].isoformat()
        for path in ("contracting", "reconciliation"):
            refused = await service.officer.get(f"/v1/reports/{path}", params={"known_at": known_at})
            assert_problem(refused, 503, "past_read_too_long")


@pytest.mark.parametrize(
    "query",
    [
        {"office": "4"}, {"office": "pl"}, {"as_of": "31.08.2011"}, {"rate_source": "ecb"}, {"rate_on": "x"},
        {"known_at": "2011"}, {"known_at": "2999-01-01T00:00:00Z"}, {"known_at": "1999-01-01T00:00:00Z"},
        {"measure": "7" * 41},
    ],
)  # fmt: skip
async def test_a_malformed_question_is_refused(shared: ContractsService, query: dict[str, str]) -> None:
    refused = await shared.officer.get("/v1/reports/contracting", params=query)

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
