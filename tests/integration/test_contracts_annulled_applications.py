"""Applications that calls annulled: off the recommended list, not to be signed, and apart from their agreements.

Whichever arrives first, the annulment or the end of the agreement, the reports end up equal.
"""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.answers import assert_problem, ok
from tests.support.builders.agreements import Office
from tests.support.services.contracts_service import ContractsService

from miernik_contracts.followers.calls_projection import PROJECTION
from miernik_contracts.tables import tables
from miernik_shared.changelog.rebuild import reset_projection

DAYS = ("2011-02-01", "2011-03-01", "2011-08-31")


def now(service: ContractsService) -> str:
    return service.query("select clock_timestamp()")[0][0].isoformat()


async def reconciliation(service: ContractsService, **query: str) -> dict[str, Any]:
    return ok(await service.officer.get("/v1/reports/reconciliation", params={"as_of": "2011-08-31", **query}))


async def recommended(service: ContractsService, **query: str) -> list[str]:
    items = ok(await service.officer.get("/v1/recommended-applications", params={"as_of": "2011-08-31", **query}))
    return [one["number"] for one in items["items"]]


async def reports(service: ContractsService) -> list[Any]:
    """Rows of both reports and the differences on some days."""
    found: list[Any] = []
    for day in DAYS:
        contracting = ok(await service.officer.get("/v1/reports/contracting", params={"as_of": day}))
        for row in contracting["rows"]:
            row["proof"] = row["recommended"]["proof"] = None
        reconciled = await reconciliation(service, as_of=day)
        found += [contracting["rows"], reconciled["rows"], reconciled["differences"]]
    return found


def rolled_up(service: ContractsService) -> list[Any]:
    return service.query(
        "select node_id, kind, effective_on, number, value_pln from contracting_rollup"
        " where number <> 0 or value_pln <> 0 order by 1, 2, 3"
    )


async def test_annulled_application_leaves_the_recommended_list_but_not_the_past(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-0", "7.2.1", "2011-02-01", "10.00")
    await service.wait_until_applied(calls_feed)
    without = await reports(service)
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    moment, position = now(service), service.query("select position from head")[0][0]

    calls_feed.annul_applications("W-1")
    await service.wait_until_applied(calls_feed)

    assert await recommended(service) == ["W-0"]
    assert await recommended(service, known_at=moment) == ["W-0", "W-1"]
    assert await reports(service) == without
    before = await reconciliation(service, known_at=moment)
    assert before["rows"][-1]["accepted"] == {"number": 2, "value_pln": "60.00"}
    ((families,),) = service.query("select event->'families' from change where position > %s", position)
    assert families == ["recommended:04"]


async def test_signing_for_an_annulled_application_is_refused(office: Office) -> None:
    service, calls_feed = office
    wrong = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    calls_feed.annul_applications("W-1")
    right = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)

    refused = await service.sign("1", None, "50", application_id=wrong)

    assert_problem(refused, 409, "application_annulled")
    assert "Wpis wniosku W-1 unieważniono" in refused.json()["detail"]
    refused = await service.sign("1", calls_feed.id_of("7.2.1"), "50", application_id=wrong)
    assert_problem(refused, 409, "application_annulled")
    assert (await service.signed("1", None, "50", application_id=right))["application_id"] == right


async def test_agreement_in_force_of_an_annulled_application_is_a_difference(office: Office) -> None:
    service, calls_feed = office
    wrong = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    signed = await service.signed("U-1", None, "50", application_id=wrong)
    assert (await reconciliation(service))["differences"] == []
    moment = now(service)
    calls_feed.annul_applications("W-1")
    await service.wait_until_applied(calls_feed)

    answer = await reconciliation(service)

    (found,) = answer["differences"]
    assert (found["reason"], found["code"], found["accepted_value_pln"], found["signed_value_pln"]) == (
        "application_annulled", "7.2.1", None, "50.00",
    )  # fmt: skip
    assert found["application"] == {"id": wrong, "number": "W-1"}
    assert found["agreement"] == {"id": signed["id"], "number": "U-1"}
    assert found["difference"] == {"number": -1, "value_pln": "-50.00"}
    assert not answer["rows"][0]["reconciled"]
    assert (await reconciliation(service, known_at=moment))["differences"] == []
    # It is mended by the right application: the agreement is annulled and recorded anew for that one.
    right = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    await service.wait_until_applied(calls_feed)
    ok(await service.annul(signed))
    await service.signed("U-1", None, "50", application_id=right)
    assert (await reconciliation(service))["differences"] == []


async def test_annulments_of_application_and_agreement_in_either_order_are_equal(office: Office) -> None:
    service, calls_feed = office
    await service.wait_until_applied(calls_feed)
    nothing = await reports(service)
    for agreement_first in (True, False):
        application = calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
        await service.wait_until_applied(calls_feed)
        signed = await service.signed("U-1", None, "50", application_id=application)
        if agreement_first:
            ok(await service.annul(signed))
        calls_feed.annul_applications("W-1")
        await service.wait_until_applied(calls_feed)
        if not agreement_first:
            ok(await service.annul(signed))
        assert await reports(service) == nothing
        assert rolled_up(service) == []


async def test_signing_raced_with_the_annulment_leaves_a_rollup_that_matches(office: Office) -> None:
    service, calls_feed = office
    for number in range(5):
        application = calls_feed.accepted(f"W-{number}", "7.2.1", "2011-02-01", "5.00")
        await service.wait_until_applied(calls_feed)

        async def annulled(number: int = number) -> None:
            calls_feed.annul_applications(f"W-{number}")
            await service.wait_until_applied(calls_feed)

        answer, _ = await asyncio.gather(service.sign(f"U-{number}", None, "5", application_id=application), annulled())
        assert answer.status_code in (201, 409), answer.text
        reasons = [one["reason"] for one in (await reconciliation(service))["differences"]]
        in_force = ok(await service.officer.get("/v1/agreements"))["items"]
        assert reasons == ["application_annulled"] * len(in_force)
        assert {kind for _, kind, *_ in rolled_up(service)} <= {"grant"}


async def test_projection_rebuilt_after_an_annulment_is_the_same(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", "7.2.1", "2011-02-01", "50.00")
    calls_feed.accepted("W-2", "7.2.1", "2011-02-01", "7.00")
    await service.wait_until_applied(calls_feed)
    calls_feed.annul_applications("W-1")
    await service.wait_until_applied(calls_feed)
    before = await reports(service), rolled_up(service)
    async with service.app.state.service.engine.begin() as connection:
        await reset_projection(connection, tables.change_log, PROJECTION)
    calls_feed.happens("call.announced", "calls/x", {"what": "is of no interest here"})
    await service.wait_until_applied(calls_feed)
    assert (await reports(service), rolled_up(service)) == before


async def test_office_whose_only_application_was_annulled_has_no_report(office: Office) -> None:
    service, calls_feed = office
    calls_feed.accepted("W-1", None, "2011-02-01", "50.00", office="32")
    await service.wait_until_applied(calls_feed)
    moment, query = now(service), {"office": "32", "as_of": "2011-08-31"}
    ok(await service.officer.get("/v1/reports/contracting", params=query))
    calls_feed.annul_applications("W-1", office="32")
    await service.wait_until_applied(calls_feed)
    refused = await service.officer.get("/v1/reports/contracting", params=query)
    assert_problem(refused, 422, "report_office_unknown", at="/query/office")
    ok(await service.officer.get("/v1/reports/contracting", params={**query, "known_at": moment}))
