"""Applications recommended for signing, whichever of acceptance, signing and withdrawal is heard of first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from tests.support.answers import assert_problem, ok
from tests.support.databases.postgres import PostgresServer
from tests.support.services.calls_feed import CallsFeed
from tests.support.services.contracts_service import (
    ContractsService,
    OfficeDatabase,
    contracts_and_calls,
    contracts_on_a_copy,
)
from tests.support.waiting import wait_for_repeated_query

from miernik_contracts.followers.calls_projection import PROJECTION
from miernik_contracts.tables import tables
from miernik_local.provision import DatabaseUrls
from miernik_shared.changelog.rebuild import reset_projection

Office = tuple[ContractsService, CallsFeed]
Steps = list[tuple[str, int, Decimal]]


@pytest.fixture(scope="module")
async def office_database(module_database: DatabaseUrls) -> OfficeDatabase:
    async with contracts_and_calls(module_database) as (service, calls_feed):
        await service.add_rate("4", "2007-01-01")
        await service.grant(calls_feed.id_of("VII"), "1000000")
    return OfficeDatabase(module_database, calls_feed)


@pytest.fixture
async def office(postgres_server: PostgresServer, office_database: OfficeDatabase) -> AsyncIterator[Office]:
    async with contracts_on_a_copy(postgres_server, office_database, wait_for_calls_seconds=2.0) as running:
        yield running


def steps(service: ContractsService, kind: str = "recommended") -> Steps:
    return service.query(
        "select effective_on::text, number, value_pln from contracting_rollup"
        " where kind = %s and (number, value_pln) <> (0, 0) order by 1",
        kind,
    )


ON_THE_LIST: Steps = [("2011-02-01", 1, Decimal(500))]
SIGNED_OFF: Steps = [*ON_THE_LIST, ("2011-03-01", -1, Decimal(-500))]


async def test_an_accepted_application_is_recommended_until_it_is_signed(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    await service.wait_until_applied(calls_feed)
    assert (steps(service), steps(service, "accepted")) == (ON_THE_LIST, ON_THE_LIST)
    signed = await service.signed("U-1", None, "480", application_id=application)
    assert (signed["node_id"], signed["application_id"]) == (calls_feed.id_of("7.2.1"), application)
    assert (steps(service), steps(service, "accepted")) == (SIGNED_OFF, ON_THE_LIST)
    families = service.query("select event->'families' from change order by position desc limit 1")[0][0]
    assert families == ["agreements:04", "recommended:04"]


async def test_signed_before_the_acceptance_was_heard_of_it_leaves_on_the_same_day(office: Office) -> None:
    service, calls_feed = office
    state = calls_feed.application("W-1", "7.2.1", accepted_on="2011-02-01", accepted_value_pln="500.00")
    unknown = await service.sign("U-1", None, "480", application_id=state["id"])
    assert_problem(unknown, 422, "node_required")
    await service.signed("U-1", calls_feed.id_of("7.2.1"), "480", application_id=state["id"])
    assert steps(service) == []
    calls_feed.applications_change(state)
    await service.wait_until_applied(calls_feed)
    assert steps(service) == SIGNED_OFF


async def test_the_news_of_an_application_are_waited_for(office: Office) -> None:
    service, calls_feed = office
    state = calls_feed.application("W-1", "7.2.1", accepted_on="2011-02-01", accepted_value_pln="500.00")
    signing = asyncio.create_task(service.sign("U-1", None, "480", application_id=state["id"]))
    await wait_for_repeated_query(service)
    calls_feed.applications_change(state)

    assert (await signing).status_code == 201


async def test_the_news_of_a_node_and_of_what_hangs_on_it_are_waited_for(office: Office) -> None:
    service, calls_feed = office
    state = calls_feed.application("W-1", None, accepted_on="2011-02-01", accepted_value_pln="500.00")
    node = str(uuid4())
    signing = asyncio.create_task(service.sign("U-1", node, "480", application_id=state["id"]))
    await wait_for_repeated_query(service)
    # Both come in one page, which cannot be applied by whom the signing holds up.
    calls_feed.node("7.4", "measure", "VII", id=node)
    calls_feed.applications_change(state | {"node_id": node})
    assert (await signing).status_code == 201
    await service.wait_until_applied(calls_feed)
    assert steps(service) == SIGNED_OFF


@pytest.mark.parametrize(
    ("changed", "left_on"),
    [
        ({"withdrawn_on": "2011-02-20"}, "2011-02-20"),
        ({"rejected_on": "2011-02-10"}, "2011-02-10"),
        ({"rejected_on": "2011-02-20", "withdrawn_on": "2011-02-10"}, "2011-02-10"),
    ],
)
async def test_who_gives_up_leaves_the_list_and_cannot_sign(
    office: Office, changed: dict[str, Any], left_on: str
) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00", **changed)
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [*ON_THE_LIST, (left_on, -1, Decimal(-500))]
    for day in (left_on, "2011-03-01"):
        refused = await service.sign("U-1", None, "480", application_id=application, signed_on=day)
        assert_problem(refused, 409, "application_given_up")
        assert refused.json()["detail"].endswith(f"{left_on}; od tego dnia umowy się nie podpisuje.")
    await service.signed("U-1", None, "480", application_id=application, signed_on="2011-02-09")
    assert steps(service) == [*ON_THE_LIST, ("2011-02-09", -1, Decimal(-500))]


async def test_who_ends_before_the_acceptance_is_never_on_the_list(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00", withdrawn_on="2011-02-01")
    application = calls_feed.accepted("W-2", "7.2.1", "2011-02-01", "300.00")
    await service.wait_until_applied(calls_feed)
    await service.signed("U-2", None, "300", application_id=application, signed_on="2011-01-15")

    assert steps(service) == []
    assert steps(service, "accepted") == [("2011-02-01", 2, Decimal(800))]


async def test_signed_on_the_day_of_its_acceptance_it_is_never_on_the_list(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("U-1", None, "480", application_id=application, signed_on="2011-02-01")
    assert steps(service) == []
    ok(await service.annul(signed))
    assert steps(service) == ON_THE_LIST


async def test_a_correction_at_calls_moves_what_was_counted(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    await service.wait_until_applied(calls_feed)
    calls_feed.accepted("W-1", "7.2.2", "2011-02-05", "450.00")
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [("2011-02-05", 1, Decimal(450))]
    assert service.query("select count(*) from application_state") == [(2,)]
    calls_feed.applications_change(calls_feed.application("W-1", None, accepted_on=None, accepted_value_pln=None))
    await service.wait_until_applied(calls_feed)
    assert steps(service) == steps(service, "accepted") == []


async def test_an_ended_agreement_does_not_bring_its_application_back(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("U-1", None, "480", application_id=application)
    again = await service.sign("U-2", None, "480", application_id=application, signed_on="2011-04-30")
    assert_problem(again, 409, "application_already_signed", agreement=signed["id"])
    ok(await service.terminate(signed, "2011-05-01"))
    assert steps(service) == SIGNED_OFF
    early = await service.sign("U-2", None, "480", application_id=application, signed_on="2011-04-30")
    assert_problem(early, 409, "application_already_signed")
    await service.signed("U-2", None, "480", application_id=application, signed_on="2011-05-01")
    assert steps(service) == SIGNED_OFF


async def test_an_agreement_goes_where_its_application_is(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    homeless = calls_feed.accepted("W-2", None, "2011-02-01", "500.00")
    calls_feed.node("VII", "priority", office="32")
    foreign = calls_feed.accepted("W-3", None, "2011-02-01", "500.00", office="32")
    await service.wait_until_applied(calls_feed)
    elsewhere = await service.sign("U-1", calls_feed.id_of("7.2.2"), "1", application_id=application)
    assert_problem(elsewhere, 422, "node_differs")
    nowhere = await service.sign("U-2", None, "1", application_id=homeless)
    assert_problem(nowhere, 422, "node_required")
    other = await service.sign("U-3", calls_feed.id_of("7.2.2"), "1", application_id=foreign)
    assert_problem(other, 422, "node_of_other_office")
    await service.signed("U-2", calls_feed.id_of("7.2.2"), "1", application_id=homeless)
    await service.signed("U-1", calls_feed.id_of("7.2.1"), "1", application_id=application)
    listed = ok(await service.officer.get(f"/v1/agreements?application={application}"))["items"]
    assert [one["number"] for one in listed] == ["U-1"]


async def test_twenty_who_sign_one_application_get_one_agreement(office: Office) -> None:
    service, calls_feed = office
    application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "500.00")
    await service.wait_until_applied(calls_feed)
    answers = await asyncio.gather(*(service.sign(f"U-{n}", None, "1", application_id=application) for n in range(20)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    assert steps(service) == SIGNED_OFF


async def test_acceptances_heard_of_while_signing_are_counted_once(office: Office) -> None:
    """Both sides compute the steps from what the other one wrote: without the lock some would be wrong."""
    service, calls_feed = office
    states = [
        calls_feed.application(f"W-{n}", "7.2.1", accepted_on="2011-02-01", accepted_value_pln="500.00")
        for n in range(40)
    ]

    async def tell() -> None:
        for state in states:
            calls_feed.applications_change(state)
            await asyncio.sleep(0.005)

    node = calls_feed.id_of("7.2.1")
    signing = [service.sign(f"U-{n}", node, "1", application_id=state["id"]) for n, state in enumerate(states)]
    answers = (await asyncio.gather(tell(), *signing))[1:]
    assert {answer.status_code for answer in answers if answer is not None} == {201}
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [("2011-02-01", 40, Decimal(20000)), ("2011-03-01", -40, Decimal(-20000))]


@pytest.mark.parametrize("order", list(permutations(("accept", "sign", "withdraw"))), ids="-".join)
async def test_any_order_gives_the_same_list(office: Office, order: tuple[str, ...]) -> None:
    service, calls_feed = office
    application = calls_feed.application("W-1", "7.2.1")["id"]
    for what in order:
        if what == "sign":
            await service.signed("U-1", calls_feed.id_of("7.2.1"), "1", application_id=application)
        else:
            changed = {
                "accept": {"accepted_on": "2011-02-01", "accepted_value_pln": "500.00"},
                "withdraw": {"withdrawn_on": "2011-04-01"},
            }
            calls_feed.applications_change(calls_feed.application("W-1", "7.2.1", **changed[what]))
            await service.wait_until_applied(calls_feed)

    assert steps(service) == SIGNED_OFF


async def test_a_rebuild_counts_nothing_twice(office: Office) -> None:
    service, calls_feed = office
    for number in range(5):
        calls_feed.accepted(f"W-{number}", "7.2.1", "2011-02-01", "100.00")
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    counts, before = service.row_counts(), steps(service)
    async with service.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, PROJECTION)
    calls_feed.happens("nothing.of.interest", "x", {})
    await service.wait_until_applied(calls_feed)

    assert (steps(service), service.row_counts()) == (before, counts)


async def test_a_rebuild_corrects_what_was_understood_otherwise_from_now_on(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "100.00")
    await service.wait_until_applied(calls_feed)
    ((then,),) = service.query("select clock_timestamp()")
    calls_feed.events[-1]["data"]["applications"][0]["accepted_value_pln"] = "60.00"
    async with service.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, PROJECTION)
    calls_feed.happens("nothing.of.interest", "x", {})
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [("2011-02-01", 1, Decimal(60))]
    for known, value in (({}, "60.00"), ({"known_at": then.isoformat()}, "100.00")):
        listed = ok(await service.officer.get("/v1/recommended-applications", params=known))["items"]
        assert [one["accepted_value_pln"] for one in listed] == [value]


async def test_list_of_20_000_applications_is_applied_as_one_change(office: Office) -> None:
    service, calls_feed = office
    states = [
        calls_feed.application(f"W-{n}", "7.3", accepted_on="2011-02-01", accepted_value_pln="10.01")
        for n in range(20_000)
    ]
    calls_feed.applications_change(*states)
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [("2011-02-01", 20_000, Decimal("200200.00"))]
    last = service.query("select event->'data' from change order by position desc limit 1")[0][0]
    assert last["applications"] == 20_000


async def test_the_largest_amounts_that_an_application_takes_can_be_added_up(office: Office) -> None:
    """A sum that overflowed would stop the feed for good: the event stays in the log of calls."""
    service, calls_feed = office
    for number in range(3):
        calls_feed.accepted(f"W-{number}", "7.2.1", "2011-02-01", "9999999999999999.99")
    await service.wait_until_applied(calls_feed)
    assert steps(service) == [("2011-02-01", 3, Decimal("29999999999999999.97"))]
    cells = [row["recommended"]["value_pln"] for row in await rows(service)]
    assert cells[-1] == "29999999999999999.97"


async def rows(service: ContractsService) -> list[Any]:
    return ok(await service.officer.get("/v1/reports/contracting?as_of=2011-08-31"))["rows"]
