"""The calendar of a form: when returns are taken, by the day in Warsaw and the clock of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.support.answers import assert_problem, ok
from tests.support.services.indicators_service import IndicatorsService, csv, sheet

from miernik_local.provision import DatabaseUrls

PERIOD = "2011-H1"
WHOLE = csv("7.1-1;;1", "7.1-2;;1", "7.1-3;;1")
DAYS = {"opens_on": "2011-07-01", "due_on": "2011-07-15", "closes_on": "2011-07-31"}


@pytest.fixture(autouse=True)
async def tenth_of_july(service: IndicatorsService) -> None:
    let_the_database_say(service.urls, "2011-07-10T12:00:00Z")
    await open_period(service, **DAYS)


def let_the_database_say(urls: DatabaseUrls, instant: str) -> None:
    """Puts a `now()` of our own before the server's: the process keeps its clock, the database gets another."""
    with psycopg.connect(urls.superuser, autocommit=True) as connection:
        connection.execute(
            "create or replace function indicators.now() returns timestamptz stable language sql"
            f" as $$ select timestamptz '{instant}' $$"
        )
        database = urls.superuser.rpartition("/")[2]
        connection.execute(f"alter role indicators_app in database {database} set search_path = indicators, pg_catalog")


async def open_period(service: IndicatorsService, if_match: str | None = '"v1"', **days: Any) -> dict[str, Any]:
    headers = {"If-Match": if_match} if if_match else {}
    return ok(await service.officer.put(f"/v1/forms/SP7/periods/{PERIOD}", json=days, headers=headers))


@pytest.mark.parametrize(
    ("instant", "status", "outcome"),
    [
        ("2011-06-30T21:59:59Z", 409, "period_not_open"),
        ("2011-06-30T22:00:00Z", 201, "accepted"),
        ("2011-07-15T21:59:59Z", 201, "accepted"),
        ("2011-07-15T22:00:00Z", 201, "accepted_with_warnings"),
        ("2011-07-31T21:59:59Z", 201, "accepted_with_warnings"),
        ("2011-07-31T22:00:00Z", 409, "period_not_open"),
    ],
)
async def test_days_begin_and_end_at_midnight_in_warsaw(
    service: IndicatorsService, instant: str, status: int, outcome: str
) -> None:
    let_the_database_say(service.urls, instant)
    answer = await service.send(WHOLE)
    body = answer.json()

    assert (answer.status_code, body.get("outcome", body.get("code"))) == (status, outcome)


async def test_a_late_return_says_so_once_and_counts_its_warning(service: IndicatorsService) -> None:
    let_the_database_say(service.urls, "2011-07-20T12:00:00Z")
    rehearsed = ok(await service.send(WHOLE, dry_run="true"))
    receipt = ok(await service.send(WHOLE))
    listed = ok(await service.officer.get(receipt["links"]["findings"]))["items"]

    assert [(one["code"], one["severity"], one["row"]) for one in listed] == [("return_late", "warning", None)]
    assert receipt["findings"] == rehearsed["findings"] == len(rehearsed["first_findings"]) == 1
    assert receipt["received_at"].startswith("2011-07-20T12:00:00")


async def test_a_closed_period_refuses_a_correction_too(service: IndicatorsService) -> None:
    ok(await service.send(csv("7.1-1;;1")))
    let_the_database_say(service.urls, "2011-08-02T12:00:00Z")
    before = service.row_counts()
    answer = await service.send(csv("7.1-1;;2"), if_match='"v1"')

    assert_problem(answer, 409, "period_not_open", at="/query/period", closes_on="2011-07-31")
    assert service.row_counts() == before


async def test_moving_the_closing_day_opens_the_period_again(service: IndicatorsService) -> None:
    let_the_database_say(service.urls, "2011-08-02T12:00:00Z")
    assert (await service.send(csv("7.1-1;;2"))).status_code == 409
    moved = await open_period(service, '"v2"', **(DAYS | {"closes_on": "2011-08-31"}))
    assert moved["version"] == 3
    assert (await service.send(csv("7.1-1;;2"))).status_code == 201


async def test_a_period_that_was_never_opened_is_refused(service: IndicatorsService) -> None:
    answer = await service.send(csv("7.1-1;;2"), period="2013-H1")
    assert_problem(answer, 409, "period_not_open", at="/query/period")


async def test_every_period_of_a_span_must_be_open(service: IndicatorsService) -> None:
    for period in ("2020-H1", "2021-H1"):
        await service.open_periods(period)
    rows = "OPS-040201;7.1-1;;5;2020-H2\n"
    content = "unit;indicator;breakdown;value;period\n" + rows
    answer = await service.send(content, unit="ROPS-04", period="2020-H1..2021-H1")
    assert_problem(answer, 409, "period_not_open", period="2020-H2")
    await service.open_periods("2020-H2")
    assert (await service.send_confirmed(content, unit="ROPS-04", period="2020-H1..2021-H1")).status_code == 201


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2011-Q1", "period_of_other_kind"),
        ("2011", "period_of_other_kind"),
        ("półrocze", "period_malformed"),
        ("2011-H2..2011-H1", "period_malformed"),
        ("2011-H1..2012", "period_of_other_kind"),
    ],
)
async def test_a_period_of_another_kind_or_none_is_refused(service: IndicatorsService, period: str, code: str) -> None:
    answer = await service.send(csv("7.1-1;;2"), period=period)
    assert_problem(answer, 422, code)


async def test_the_days_of_a_period_must_follow_each_other(service: IndicatorsService) -> None:
    for days in (DAYS | {"due_on": "2011-06-30"}, DAYS | {"closes_on": "2011-07-14"}):
        answer = await service.officer.put(f"/v1/forms/SP7/periods/{PERIOD}", json=days, headers={"If-Match": '"v2"'})
        assert answer.status_code == 422


async def test_the_polish_spelling_of_a_period_means_the_same(service: IndicatorsService) -> None:
    receipt = ok(await service.send(csv("7.1-1;;2"), period="I półrocze 2011 r."))

    assert receipt["period"] == PERIOD
    assert (await service.send(csv("7.1-1;;3"))).status_code == 409


async def test_a_kept_answer_expires_by_the_clock_of_the_database(service: IndicatorsService) -> None:
    first = ok(await service.send(csv("7.1-1;;2"), key="k"))
    kept_until = service.query("select expires_at from idempotency_key")[0][0]
    let_the_database_say(service.urls, (kept_until - timedelta(seconds=1)).isoformat())
    again = await service.send(csv("7.1-1;;2"), key="k")
    assert (again.json(), again.headers["idempotency-replayed"]) == (first, "true")
    await open_period(service, '"v2"', **(DAYS | {"closes_on": "2099-01-01"}))
    let_the_database_say(service.urls, kept_until.isoformat())
    other = await service.send(sheet("OPS-040201;7.1-1;;9"), if_match='"v1"', key="k")
    assert (other.status_code, other.json()["version"]) == (201, 2)
